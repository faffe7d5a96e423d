import { array, assert, constantFrom, dictionary, property, string } from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  placeholderProblems,
  placeholderValues,
  resolvePlaceholders,
  type PlaceholderSource,
} from '../../slo/placeholder.ts'

const window = { start: new Date('2024-05-01T00:30:00Z'), end: new Date('2024-05-01T00:35:00Z') }

function sourceWith(changes: Partial<PlaceholderSource>): PlaceholderSource {
  return {
    project: 'sockshop',
    stage: 'staging',
    service: 'carts',
    labels: {},
    filter: [],
    environment: {},
    window,
    ...changes,
  }
}

function resolve(text: string, changes: Partial<PlaceholderSource> = {}): string | readonly string[] {
  const resolved = resolvePlaceholders(text, placeholderValues(sourceWith(changes)), (value) => value)
  return resolved.kind === 'resolved' ? resolved.query : resolved.problems
}

const builtIn =
  '$PROJECT, $STAGE, $SERVICE, $DEPLOYMENT, $CONTEXT, $EVENT, $SOURCE, $TESTSTRATEGY, $DURATION_SECONDS, $START, $END, $START_MS, $END_MS'

/** The end of a sentence: the valid names. */
function known(...filterKeys: readonly string[]): string {
  return ['use one of ' + builtIn, ...filterKeys.map((key) => `$${key}`), '$LABEL.<key>'].join(', ') + ' or $ENV.<name>'
}

describe('what a placeholder stands for', () => {
  for (const { text, labels = {}, query } of [
    { text: '', query: '' },
    { text: 'up', query: 'up' },
    { text: '$SERVICE-$PROJECT-$STAGE', query: 'carts-sockshop-staging' },
    { text: '${SERVICE}_${STAGE}', query: 'carts_staging' },
    { text: 'rate(m[$DURATION_SECONDS])', query: 'rate(m[300s])' },
    { text: '$START $END', query: '2024-05-01T00:30:00.000Z 2024-05-01T00:35:00.000Z' },
    { text: '$START_MS $END_MS', query: '1714523400000 1714523700000' },
    { text: '$DEPLOYMENT', query: 'primary' },
    { text: '$DEPLOYMENT', labels: { deployment: 'canary' }, query: 'canary' },
    { text: '$LABEL.version', labels: { version: '0.2' }, query: '0.2' },
    { text: '${LABEL.app/name x}', labels: { 'app/name x': 'carts' }, query: 'carts' },
    { text: '$DEPLOYMENT', labels: { deployment: '' }, query: 'primary' },
  ]) {
    test(`${text} is ${query}`, () => {
      expect(resolve(text, { labels })).toBe(query)
    })
  }

  test('a window of 299.2 s is 300s', () => {
    const end = new Date('2024-05-01T00:34:59.200Z')
    expect(resolve('$DURATION_SECONDS', { window: { start: window.start, end } })).toBe('300s')
  })
})

describe('values of the trigger', () => {
  const trigger = { context: 'c1', event: 'sh.keptn.event.evaluation.triggered', source: 'ci', testStrategy: 'load' }

  test('fills the placeholders that Keptn had for it', () => {
    const query = 'c1|sh.keptn.event.evaluation.triggered|ci|load'
    expect(resolve('$CONTEXT|$EVENT|$SOURCE|$TESTSTRATEGY', { trigger })).toBe(query)
  })

  for (const name of ['CONTEXT', 'EVENT', 'SOURCE', 'TESTSTRATEGY']) {
    test(`$${name} without a value is missing`, () => {
      const problem = `placeholder $${name} has no value: the request or event that started the evaluation did not provide one`
      expect(resolve(`$${name}`)).toEqual([
        `${problem}; start the evaluation with an event that provides one, or write \${${name}:-text} to set a default`,
      ])
    })
  }
})

describe('an empty value is missing', () => {
  for (const { text, changes, problem } of [
    {
      text: 'm{a="$LABEL.x"}',
      changes: { labels: { x: '' } },
      problem:
        'placeholder $LABEL.x is empty, which counts as missing; give it a value, or write ${LABEL.x:-text} to set a default',
    },
    {
      text: 'm{a=~"b-${LABEL.x}.*"}',
      changes: { labels: { x: '' } },
      problem:
        'placeholder ${LABEL.x} is empty, which counts as missing; give it a value, or write ${LABEL.x:-text} to set a default',
    },
    {
      text: '$ENV.A',
      changes: { environment: { A: '' } },
      problem:
        'placeholder $ENV.A is empty, which counts as missing; give it a value, or write ${ENV.A:-text} to set a default',
    },
    {
      text: '$target',
      changes: { filter: [['target', '']] },
      problem:
        'placeholder $target is empty, which counts as missing; give it a value, or write ${target:-text} to set a default',
    },
    {
      text: '$TARGET',
      changes: { filter: [['target', `''`]] },
      problem:
        'placeholder $TARGET is empty, which counts as missing; give it a value, or write ${TARGET:-text} to set a default',
    },
  ] as const) {
    test(`${text} with ${JSON.stringify(changes)}`, () => {
      expect(resolve(text, changes)).toEqual([problem])
    })
  }

  test("so an empty key of the filter does not hide the evaluation's own service", () => {
    expect(resolve('$SERVICE', { filter: [['service', '']] })).toBe('carts')
  })
})

describe('a default text for a value that is missing or empty', () => {
  for (const { text, changes = {}, query } of [
    { text: '${LABEL.x:-main}', query: 'main' },
    { text: '${LABEL.x:-main}', changes: { labels: { x: '' } }, query: 'main' },
    { text: '${LABEL.x:-main}', changes: { labels: { x: '7' } }, query: '7' },
    { text: '<${LABEL.x:-}>', query: '<>' },
    { text: '<${LABEL.x:-}>', changes: { labels: { x: '' } }, query: '<>' },
    { text: '${LABEL.x:-a b:-c}', query: 'a b:-c' },
    { text: '${LABEL.x:-a$}', query: 'a$' },
    { text: '${LABEL.app.kubernetes.io/part-of:-shop}', query: 'shop' },
    { text: '${ENV.REGION:-eu}', query: 'eu' },
    { text: '${ENV.REGION:-eu}', changes: { environment: { REGION: '' } }, query: 'eu' },
    { text: '${ENV.REGION:-eu}', changes: { environment: { REGION: 'us' } }, query: 'us' },
    { text: '${target:-all}', query: 'all' },
    { text: '${target:-all}', changes: { filter: [['target', '']] }, query: 'all' },
    { text: '${target:-all}', changes: { filter: [['target', 'x']] }, query: 'x' },
    { text: '${TESTSTRATEGY:-none}', query: 'none' },
    { text: '${SERVICE:-orders}', query: 'carts' },
    { text: '$SERVICE:-orders', query: 'carts:-orders' },
    { text: '$LABEL.x:-main', changes: { labels: { x: '7' } }, query: '7:-main' },
  ] as const) {
    test(`${text} with ${JSON.stringify(changes)} is ${query}`, () => {
      expect(resolve(text, changes)).toBe(query)
    })
  }

  test('is escaped as a value would be, and refused if that is not possible', () => {
    const values = placeholderValues(sourceWith({}))
    const quoting = resolvePlaceholders('a ${LABEL.x:-b} c', values, (value) => `<${value}>`)
    expect(quoting).toEqual({ kind: 'resolved', query: 'a <b> c' })
    expect(resolvePlaceholders('a ${LABEL.x:-b}', values, () => undefined)).toEqual({
      kind: 'unresolved',
      problems: [
        'the text of ${LABEL.x:-b} cannot be inserted here: escaping cannot make it safe at this point in the query; outside quotes, use a single name, number or duration',
      ],
    })
  })

  test('an empty text needs no escaping', () => {
    expect(resolvePlaceholders('a${LABEL.x:-}', placeholderValues(sourceWith({})), () => undefined)).toEqual({
      kind: 'resolved',
      query: 'a',
    })
  })

  for (const text of ['$SERVICE', 'a-$LABEL.y', '$target']) {
    test(`holds no placeholder such as ${text}`, () => {
      expect(resolve(`m{a!="\${LABEL.x:-${text}}"}`)).toEqual([
        `the default text of placeholder \${LABEL.x:-${text}} contains another placeholder, which is not replaced; write a default text without placeholders`,
      ])
    })
  }

  for (const text of ['${SERVCE:-carts}', '${service:-carts}', '${ LABEL.x:-a}', '${LABEL.x :-a}', '${LABEL.:-a}']) {
    test(`does not hide that ${text} names nothing`, () => {
      expect(resolve(text)).toEqual([expect.stringContaining(`placeholder ${text} is unknown`)])
    })
  }
})

describe('where a name ends', () => {
  for (const { text, labels = {}, query } of [
    { text: '$LABEL.ab', labels: { a: '1', ab: '2' }, query: '2' },
    { text: '$LABEL.build-id', labels: { 'build-id': '7' }, query: '7' },
    { text: '$LABEL.build-id', labels: { build: '1', 'build-id': '7' }, query: '7' },
    { text: '$LABEL.größe', labels: { gr: '1', größe: '2' }, query: '2' },
    { text: '$LABEL.a-$LABEL.a', labels: { a: '1' }, query: '1-1' },
    { text: '$LABEL.a.$LABEL.a', labels: { a: '1' }, query: '1.1' },
    { text: '/$LABEL.a/$LABEL.a', labels: { a: '1' }, query: '/1/1' },
    { text: '=~"$LABEL.a.*"', labels: { a: '1' }, query: '=~"1.*"' },
    { text: '=~"$LABEL.a-[a-z]+"', labels: { a: '1' }, query: '=~"1-[a-z]+"' },
    { text: '[$LABEL.a:1m]', labels: { a: '5m' }, query: '[5m:1m]' },
    { text: '${LABEL.a}b', labels: { a: '1', ab: '2' }, query: '1b' },
    { text: '${LABEL.a}-b', labels: { a: '1', 'a-b': '2' }, query: '1-b' },
    { text: '${LABEL.a}.b', labels: { a: '1', 'a.b': '2' }, query: '1.b' },
    { text: '${LABEL.a.b}', labels: { a: '1', 'a.b': '2' }, query: '2' },
    { text: '$SERVICE.$STAGE', query: 'carts.staging' },
    { text: '$SERVICE-canary.example.com/a', query: 'carts-canary.example.com/a' },
    { text: '$$SERVICE', query: '$carts' },
  ]) {
    test(`${text} with labels ${JSON.stringify(labels)} is ${query}`, () => {
      expect(resolve(text, { labels })).toBe(query)
    })
  }
})

describe('a label with a dot or a slash needs braces, whatever labels there are', () => {
  for (const { text, fix } of [
    {
      text: '$LABEL.app.kubernetes.io/part-of',
      fix: '${LABEL.app.kubernetes.io/part-of} for that label, or ${LABEL.app}.kubernetes.io/part-of for the label app followed by text',
    },
    { text: '$LABEL.a.b', fix: '${LABEL.a.b} for that label, or ${LABEL.a}.b for the label a followed by text' },
    { text: '$LABEL.a/b', fix: '${LABEL.a/b} for that label, or ${LABEL.a}/b for the label a followed by text' },
    {
      text: '$LABEL.a-b.c',
      fix: '${LABEL.a-b.c} for that label, or ${LABEL.a-b}.c for the label a-b followed by text',
    },
  ]) {
    for (const labels of [{}, { app: 'x', a: '1' }, { [text.slice('$LABEL.'.length)]: '1' }]) {
      test(`${text} with labels ${JSON.stringify(labels)}`, () => {
        expect(resolve(`m{a="${text}"}`, { labels })).toEqual([`placeholder ${text} is ambiguous; write ${fix}`])
      })
    }
  }
})

describe('a dollar that begins no name stays', () => {
  for (const text of [
    'a=~"b$"',
    'a=~"b$|c$"',
    '"$1"',
    '"${1}"',
    '"$1abc"',
    '$',
    '$ SERVICE',
    '${',
    '${}',
    'label_replace(m, "a", "$1-$2", "b", "(.*)-(.*)")',
    'label_replace(m, "a", "$name ${name}", "b", "(?P<name>.*)")',
  ]) {
    test(`${text} stays`, () => {
      expect(resolve(text)).toBe(text)
    })
  }
})

describe("the SLO's filter", () => {
  for (const { text, filter, query } of [
    { text: '$handler $HANDLER', filter: [['handler', 'ItemsController']], query: 'ItemsController ItemsController' },
    { text: '${handler}_$handler', filter: [['handler', 'Items']], query: 'Items_Items' },
    { text: '$handler', filter: [['handler', `'Items"`]], query: 'Items' },
    { text: '$handler', filter: [['handler', "!='Foo'"]], query: '!=Foo' },
    {
      text: '$a|$ab',
      filter: [
        ['a', '1'],
        ['ab', '2'],
      ],
      query: '1|2',
    },
    { text: '$my-key', filter: [['my-key', '1']], query: '1' },
    { text: '$my.key', filter: [['my.key', '1']], query: '1' },
    { text: '/$handler/x', filter: [['handler', 'a']], query: '/a/x' },
    { text: '$handler.*', filter: [['handler', 'a']], query: 'a.*' },
    { text: '$Handler', filter: [['Handler', '1']], query: '1' },
    {
      text: '$a $A',
      filter: [
        ['a', '1'],
        ['A', '2'],
      ],
      query: '1 1',
    },
    { text: '$SERVICE', filter: [['service', 'orders']], query: 'orders' },
    { text: '$job', filter: [['job', '$SERVICE-${STAGE}']], query: 'carts-staging' },
    { text: '$job', filter: [['job', '$LABEL.version']], query: '0.2' },
    { text: '$job', filter: [['job', '${LABEL.track:-main}']], query: 'main' },
    { text: '$SERVICE', filter: [['service', '$SERVICE-db']], query: 'carts-db' },
    { text: '$job', filter: [['job', 'a$']], query: 'a$' },
  ] as const) {
    test(`${text} with ${JSON.stringify(filter)} is ${query}`, () => {
      expect(resolve(text, { filter, labels: { version: '0.2' } })).toBe(query)
    })
  }

  test('its values are escaped with what was put into them', () => {
    const values = placeholderValues(sourceWith({ filter: [['job', 'a-$LABEL.x']], labels: { x: '"' } }))
    const quoting = resolvePlaceholders('m{a="$job"}', values, (value) => value.replaceAll('"', '\\"'))
    expect(quoting).toEqual({ kind: 'resolved', query: 'm{a="a-\\""}' })
  })

  for (const value of ['$LABEL.version', 'a-$b', '$SERVCE', '$LABEL.a.b', '$EVENT', '${STAGE', '$job']) {
    test(`a value ${value}, in which something is missing, is no text to measure by`, () => {
      const filter = [
        ['job', value],
        ['b', '1'],
      ] as const
      expect(resolve('m{job!="$job"}', { filter })).toEqual([
        `placeholder $job has the value ${JSON.stringify(value)} in the SLO's filter, and a placeholder in that value has no value itself; provide a value for that placeholder, or write the text itself`,
      ])
    })
  }

  for (const { text, filter = [], problem } of [
    {
      text: 'm{a!="$target"}',
      problem:
        "placeholder $target has no value: the SLO's filter has no keys; add it to the filter, or write ${target:-text} to set a default",
    },
    {
      text: '${target}',
      filter: [
        ['handler', 'a'],
        ['JOB', 'b'],
      ],
      problem:
        "placeholder ${target} has no value: the SLO's filter has only JOB, handler; add it to the filter, or write ${target:-text} to set a default",
    },
    {
      text: '$ab',
      filter: [['a', '1']],
      problem:
        "placeholder $ab has no value: the SLO's filter has only a; add it to the filter, or write ${ab:-text} to set a default",
    },
    {
      text: '$a-b',
      filter: [['a', '1']],
      problem:
        "placeholder $a-b has no value: the SLO's filter has only a; add it to the filter, write ${a}-b for the value of a followed by text, or write ${a-b:-text} to set a default",
    },
    {
      text: '$a.b',
      filter: [['a', '1']],
      problem: 'placeholder $a.b is ambiguous; write ${a.b} for that key, or ${a}.b for the key a followed by text',
    },
    {
      text: '$__range',
      problem:
        "placeholder $__range has no value: the SLO's filter has no keys; add it to the filter, or write ${__range:-text} to set a default",
    },
  ] as const) {
    test(`${text} with ${JSON.stringify(filter)} has no value`, () => {
      expect(resolve(text, { filter })).toEqual([problem])
    })
  }

  test('its quotes go where it is used, and stay in the filter itself', () => {
    const filter = [['handler', "!='Foo'"]] as const
    resolve('$handler', { filter })
    expect(filter).toEqual([['handler', "!='Foo'"]])
  })
})

describe('the environment', () => {
  const environment = { REGION: 'eu', PATH: '/bin' }

  for (const { text, query } of [
    { text: '$ENV.REGION', query: 'eu' },
    { text: '${ENV.REGION}_EXTRA', query: 'eu_EXTRA' },
    { text: '$ENV.REGION.$ENV.PATH', query: 'eu./bin' },
    { text: '$ENV.REGION.example.com/a', query: 'eu.example.com/a' },
    { text: '$ENV.REGION-1', query: 'eu-1' },
  ]) {
    test(`${text} is ${query}`, () => {
      expect(resolve(text, { environment })).toBe(query)
    })
  }

  for (const { text, allowed, problem } of [
    {
      text: '$ENV.HOME',
      allowed: {},
      problem:
        'placeholder $ENV.HOME is not allowed: placeholders.environment in pharos.yaml lists no variables; add it there, or write ${ENV.HOME:-text} to set a default',
    },
    {
      text: '$ENV.PATH_EXTRA',
      allowed: { PATH: '/bin' },
      problem:
        'placeholder $ENV.PATH_EXTRA is not allowed: placeholders.environment in pharos.yaml lists only PATH; add it there, or write ${ENV.PATH_EXTRA:-text} to set a default',
    },
  ]) {
    test(`${text} where ${JSON.stringify(allowed)} is allowed`, () => {
      expect(resolve(text, { environment: allowed })).toEqual([problem])
    })
  }

  test('a label cannot reach it', () => {
    expect(resolve('$LABEL.a', { environment, labels: { a: '$ENV.PATH' } })).toBe('$ENV.PATH')
  })
})

describe('inserted text is never read again', () => {
  for (const value of ['$PROJECT', '${PROJECT}', '$LABEL.a', '$', '$&', "$'", '$1']) {
    test(`a label ${value}`, () => {
      expect(resolve('$LABEL.a|$SERVICE', { labels: { a: value } })).toBe(`${value}|carts`)
    })
  }

  test('nor does it grow into a placeholder with the text behind it', () => {
    expect(resolve('$LABEL.aSERVICE', { labels: { aSERVICE: '$' } })).toBe('$')
    expect(resolve('${LABEL.a}SERVICE', { labels: { a: '$' } })).toBe('$SERVICE')
  })
})

describe('problems', () => {
  for (const { text, labels = {}, problems } of [
    {
      text: '$LABEL.x',
      problems: [
        'placeholder $LABEL.x has no value: the request has no labels; send it with the request, or write ${LABEL.x:-text} to set a default',
      ],
    },
    {
      text: '${LABEL.x}',
      labels: { a: '1', b: '2' },
      problems: [
        'placeholder ${LABEL.x} has no value: the request has the labels a, b; send it with the request, or write ${LABEL.x:-text} to set a default',
      ],
    },
    {
      text: '$LABEL.ab',
      labels: { a: '1' },
      problems: [
        'placeholder $LABEL.ab has no value: the request has the labels a; send it with the request, or write ${LABEL.ab:-text} to set a default',
      ],
    },
    {
      text: '$LABEL.x.',
      labels: { a: '1' },
      problems: [
        'placeholder $LABEL.x has no value: the request has the labels a; send it with the request, or write ${LABEL.x:-text} to set a default',
      ],
    },
    {
      text: '$LABEL.version-5m',
      labels: { version: '7' },
      problems: [
        'placeholder $LABEL.version-5m has no value: the request has the labels version; send it with the request, write ${LABEL.version}-5m for the value of LABEL.version followed by text, or write ${LABEL.version-5m:-text} to set a default',
      ],
    },
    ...[
      '$SERVICE_NAME',
      '$STAGEX',
      '$ENV',
      '$LABEL',
      '${ENV.}',
      '${LABEL.}',
      '${ENV.A-B}',
      '${ SERVICE }',
      '${SERVICE-x}',
      '$Service',
      '$service',
      '${1st}',
    ].map((written) => ({ text: written, problems: [`placeholder ${written} is unknown; ${known()}`] })),
    ...['${SERVICE', '${LABEL.x{y}}', '${LABEL.x:-a{2}}'].map((written) => ({
      text: written,
      problems: [
        `placeholder ${written.replace(/(?<=[xE])[{:].*$/, '')} has no closing brace or contains braces; write \${NAME} or \${NAME:-text}`,
      ],
    })),
  ]) {
    test(`${text} with labels ${JSON.stringify(labels)}`, () => {
      expect(resolve(text, { labels })).toEqual(problems)
    })
  }

  test('all are reported at once, each once', () => {
    const problems = resolve('$LABEL.x $SERVICE $FOO $LABEL.x')
    expect(problems).toEqual([
      'placeholder $LABEL.x has no value: the request has no labels; send it with the request, or write ${LABEL.x:-text} to set a default',
      `placeholder $FOO is unknown; ${known()}`,
    ])
  })

  test('a value that cannot be escaped is named, not shown', () => {
    const values = placeholderValues(sourceWith({ labels: { x: 'some value' } }))
    expect(resolvePlaceholders('up{a=$LABEL.x}', values, () => undefined)).toEqual({
      kind: 'unresolved',
      problems: [
        'the value of $LABEL.x cannot be inserted here: escaping cannot make it safe at this point in the query; outside quotes, use a single name, number or duration',
      ],
    })
  })

  test("the filter's keys are named as written, and only once", () => {
    const filter = [
      ['handler', 'a'],
      ['JOB', 'b'],
    ] as const
    expect(resolve('$FOO', { filter })).toEqual([`placeholder $FOO is unknown; ${known('JOB', 'handler')}`])
  })

  test('reports the first twenty of many problems', () => {
    const names = Array.from({ length: 30_000 }, (_, place) => `$n${place}`)
    expect(resolve(names.join(' '))).toHaveLength(20)
  })

  test('of many labels the first twenty are shown', () => {
    const labels = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`l${i}`, '']))
    expect(resolve('$LABEL.x', { labels })).toEqual([expect.stringMatching(/labels l0, .*, l19;/)])
  })
})

test('escaping sees the resolved text before the placeholder and the written text behind it', () => {
  const seen: unknown[] = []
  resolvePlaceholders('a $SERVICE b $STAGE c', placeholderValues(sourceWith({})), (value, context) => {
    seen.push(context)
    return `<${value}>`
  })
  expect(seen).toEqual([
    { before: 'a ', after: ' b $STAGE c' },
    { before: 'a <carts> b ', after: ' c' },
  ])
})

describe('without a request', () => {
  const knownNames = {
    filter: [
      ['target', 'x'],
      ['none', ''],
    ],
    environment: ['REGION'],
  } as const

  test('values that only a request provides are no problem', () => {
    const query =
      '$LABEL.x $CONTEXT $EVENT $SOURCE $TESTSTRATEGY $DEPLOYMENT ${LABEL.x:-} $ENV.REGION $target ${none:-a} $1'
    expect(placeholderProblems(query, knownNames, (value) => value)).toEqual([])
  })

  for (const { text, code, message } of [
    { text: '$SERVCE', code: 'placeholder_unknown', message: 'placeholder $SERVCE is unknown' },
    {
      text: '$handler',
      code: 'filter_key_missing',
      message: "placeholder $handler has no value: the SLO's filter has only none, target",
    },
    { text: '$none', code: 'filter_key_missing', message: 'placeholder $none is empty, which counts as missing' },
    {
      text: '$ENV.HOME',
      code: 'placeholder_unknown',
      message: 'placeholder $ENV.HOME is not allowed: placeholders.environment in pharos.yaml lists only REGION',
    },
    { text: '$LABEL.a.b', code: 'placeholder_ambiguous', message: 'placeholder $LABEL.a.b is ambiguous' },
    {
      text: '${SERVICE',
      code: 'placeholder_unknown',
      message: 'placeholder ${SERVICE has no closing brace or contains braces',
    },
  ]) {
    test(`${text} is ${code}`, () => {
      expect(placeholderProblems(`a ${text} b ${text}`, knownNames)).toEqual([
        { code, message, fix: expect.stringMatching(/./) },
      ])
    })
  }

  test('values of the filter with placeholders are those of an evaluation', () => {
    const withValue = (value: string) =>
      placeholderProblems('m{a!="$job"}', { filter: [['job', value]], environment: [] })
    for (const value of ['$SERVICE', '$LABEL.version', '$EVENT', '${LABEL.a.b}']) expect(withValue(value)).toEqual([])
    for (const value of ['$SERVCE', '$LABEL.a.b', '$ENV.HOME', '$job', '$b']) {
      expect(withValue(value)).toMatchObject([{ code: 'filter_key_missing' }])
    }
  })

  test('unknown variables are no problem if the allowed ones are not known', () => {
    expect(placeholderProblems('$ENV.HOME', { ...knownNames, environment: undefined })).toEqual([])
  })

  test('values of the filter and default texts must be safe at their place', () => {
    const refuse = (): undefined => undefined
    const found = placeholderProblems('$target $SERVICE $LABEL.x ${LABEL.y:-text} ${LABEL.z:-}', knownNames, refuse)
    expect(found).toMatchObject([
      {
        code: 'placeholder_unsafe',
        message: expect.stringMatching(/^the value of \$target cannot be inserted here: /),
      },
      {
        code: 'placeholder_unsafe',
        message: expect.stringMatching(/^the text of \$\{LABEL.y:-text\} cannot be inserted/),
      },
    ])
  })

  test('every problem found is one for each request, too', () => {
    for (const text of ['$SERVCE', '$handler', '$none', '$ENV.HOME', '$LABEL.a.b', '${SERVICE', '$service']) {
      const { filter } = knownNames
      const [found] = placeholderProblems(text, { filter, environment: [] })
      const resolved = resolve(text, { filter })
      expect(resolved).toEqual([expect.stringContaining(found?.message ?? 'none')])
    }
  })
})

describe('whatever the query, the labels and the filter', () => {
  const names = '$LABEL.a $LABEL.b $LABEL.a-b $LABEL.a.b $LABEL.a/b ${LABEL.a.b} $a $A $SERVICE $ENV.a'.split(' ')
  const piece = constantFrom(...names, ...'ab.-/_:*"}{$ '.split(''))
  const query = array(piece, { maxLength: 4 }).map((pieces) => pieces.join(''))
  const key = constantFrom('a', 'b', 'a-b', 'a.b', 'a/b', 'a_', 'b:', 'A')
  const pairs = dictionary(key, string({ maxLength: 3 }), { maxKeys: 6 })
  const isText = (resolved: string | readonly string[]): resolved is string => typeof resolved === 'string'

  test('another label never changes a query that could be asked', () => {
    const named = constantFrom('$LABEL.a', '${LABEL.a}', '$LABEL.b', '$LABEL.a-b', '-', '.', '/', 'b', '.*', '"')
    const asking = array(named, { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join(''))
    const some = dictionary(key, string({ minLength: 1, maxLength: 3 }), { minKeys: 2 })
    let asked = 0
    assert(
      property(asking, some, some, (text, labels, more) => {
        const before = resolve(text, { labels })
        if (!isText(before)) return
        if (text.includes('$LABEL')) asked += 1
        expect(resolve(text, { labels: { ...more, ...labels } })).toBe(before)
      }),
      { numRuns: 3000, seed: 16 },
    )
    expect(asked).toBeGreaterThan(100)
  })

  test('no empty value gets into a query, and no placeholder stays in it', () => {
    assert(
      property(query, pairs, pairs, (text, labels, filter) => {
        const mark = (value: string): string => (value === '' ? '' : `<${value.replaceAll(/[$<>'"]/g, 'x')}>`)
        const marked = Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, mark(value)]))
        const entries = Object.entries(filter).map(([name, value]): [string, string] => [name, mark(value)])
        const resolved = resolve(text, { labels: marked, filter: entries, service: '<s>' })
        if (!isText(resolved)) return
        expect(resolved).not.toMatch(/\$\{?[A-Za-z_]/)
        const placeholders = text.match(/\$\{?[A-Za-z_]/g) ?? []
        expect(resolved.match(/<[^>]+>/g) ?? []).toHaveLength(placeholders.length)
      }),
      { numRuns: 3000, seed: 11 },
    )
  })

  test('finds exactly the problems that every request has', () => {
    assert(
      property(query, pairs, (text, filterOf) => {
        const filter = Object.entries(filterOf)
        const found = placeholderProblems(text, { filter, environment: [] })
        const named = Array.from(text.matchAll(/\$\{?LABEL\.([\w.-]+)/g), ([, name = '']) => name.replace(/[.-]+$/, ''))
        const labels = Object.fromEntries(named.map((name) => [name, 'v']))
        expect(isText(resolve(text, { labels, filter }))).toBe(found.length === 0)
      }),
      { numRuns: 3000, seed: 17 },
    )
  })
})
