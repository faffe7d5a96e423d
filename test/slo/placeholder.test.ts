import { describe, expect, test } from 'vitest'
import { placeholderValues, resolvePlaceholders, type PlaceholderSource } from '../../slo/placeholder.ts'

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

const known =
  'there are $PROJECT, $STAGE, $SERVICE, $DEPLOYMENT, $DURATION_SECONDS, $START, $END, $START_MS, $END_MS and $LABEL.<key>'

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
    { text: '$LABEL.empty|', labels: { empty: '' }, query: '|' },
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

describe('where a name ends', () => {
  for (const { text, labels = {}, query } of [
    { text: '$LABEL.ab', labels: { a: '1', ab: '2' }, query: '2' },
    { text: '$LABEL.a.b', labels: { a: '1', 'a.b': '2' }, query: '2' },
    { text: '$LABEL.a.b', labels: { a: '1' }, query: '1.b' },
    { text: '$LABEL.version-5m', labels: { version: '7' }, query: '7-5m' },
    { text: '$LABEL.a-$LABEL.a', labels: { a: '1' }, query: '1-1' },
    { text: '${LABEL.a}b', labels: { a: '1', ab: '2' }, query: '1b' },
    { text: '$SERVICE.$STAGE', query: 'carts.staging' },
    { text: '$$SERVICE', query: '$carts' },
  ]) {
    test(`${text} with labels ${JSON.stringify(labels)} is ${query}`, () => {
      expect(resolve(text, { labels })).toBe(query)
    })
  }
})

describe('a dollar that is none of ours stays', () => {
  for (const text of [
    'a=~"b$"',
    'a=~"b$|c$"',
    '"$1"',
    '"${1}"',
    '"$name ${name}"',
    '$',
    '$ SERVICE',
    '${',
    '${}',
    '${SERVICE',
    '$service',
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
    { text: '$handler', filter: [], query: '$handler' },
    {
      text: '$a|$ab',
      filter: [
        ['a', '1'],
        ['ab', '2'],
      ],
      query: '1|2',
    },
    { text: '$ab', filter: [['a', '1']], query: '$ab' },
    { text: '$my-key $my', filter: [['my-key', '1']], query: '1 $my' },
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
    {
      text: '$a',
      filter: [
        ['a', '$b'],
        ['b', '1'],
      ],
      query: '$b',
    },
  ] as const) {
    test(`${text} with ${JSON.stringify(filter)} is ${query}`, () => {
      expect(resolve(text, { filter })).toBe(query)
    })
  }

  test('its quotes go where it is used, and stay in the filter itself', () => {
    const filter = [['handler', "!='Foo'"]] as const
    resolve('$handler', { filter })
    expect(filter).toEqual([['handler', "!='Foo'"]])
  })
})

describe('the environment', () => {
  const environment = { REGION: 'eu', PATH: '/bin', SECRET_OF_A: '' }

  for (const { text, query } of [
    { text: '$ENV.REGION', query: 'eu' },
    { text: '${ENV.REGION}_EXTRA', query: 'eu_EXTRA' },
    { text: '$ENV.REGION.$ENV.PATH', query: 'eu./bin' },
    { text: '$ENV.SECRET_OF_A|', query: '|' },
  ]) {
    test(`${text} is ${query}`, () => {
      expect(resolve(text, { environment })).toBe(query)
    })
  }

  for (const { text, allowed, problem } of [
    {
      text: '$ENV.HOME',
      allowed: {},
      problem: 'placeholder $ENV.HOME is not allowed: placeholders.environment of pharos.yaml names none',
    },
    {
      text: '$ENV.PATH_EXTRA',
      allowed: { PATH: '/bin' },
      problem: 'placeholder $ENV.PATH_EXTRA is not allowed: placeholders.environment of pharos.yaml names PATH',
    },
    {
      text: '${ENV.}',
      allowed: {},
      problem: 'placeholder ${ENV.} is not allowed: placeholders.environment of pharos.yaml names none',
    },
  ]) {
    test(`${text} where ${JSON.stringify(allowed)} is allowed`, () => {
      expect(resolve(text, { environment: allowed })).toEqual([`environment ${problem}`])
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
    { text: '$LABEL.x', problems: ['placeholder $LABEL.x has no value: the request carries no labels'] },
    {
      text: '${LABEL.x}',
      labels: { a: '1', b: '2' },
      problems: ['placeholder ${LABEL.x} has no value: the request carries labels a, b'],
    },
    {
      text: '$LABEL.ab',
      labels: { a: '1' },
      problems: ['placeholder $LABEL.ab has no value: the request carries labels a'],
    },
    {
      text: '$LABEL.x.',
      labels: { a: '1' },
      problems: ['placeholder $LABEL.x has no value: the request carries labels a'],
    },
    { text: '$SERVICE_NAME', problems: [`placeholder $SERVICE_NAME is unknown: ${known}`] },
    { text: '$STAGEX', problems: [`placeholder $STAGEX is unknown: ${known}`] },
    { text: '$Service', problems: [`placeholder $Service is unknown: ${known}`] },
    { text: '${SERVICE:-carts}', problems: [`placeholder \${SERVICE:-carts} is unknown: ${known}`] },
    { text: '$ENV', problems: [`placeholder $ENV is unknown: ${known}`] },
    { text: '$LABEL', problems: [`placeholder $LABEL is unknown: ${known}`] },
  ]) {
    test(`${text} with labels ${JSON.stringify(labels)}`, () => {
      expect(resolve(text, { labels })).toEqual(problems)
    })
  }

  test('all are reported at once, each once', () => {
    const problems = resolve('$LABEL.x $SERVICE $FOO $LABEL.x')
    expect(problems).toEqual([
      'placeholder $LABEL.x has no value: the request carries no labels',
      `placeholder $FOO is unknown: ${known}`,
    ])
  })

  test('a value that cannot be escaped is named, not shown', () => {
    const values = placeholderValues(sourceWith({ labels: { x: 'some value' } }))
    expect(resolvePlaceholders('up{a=$LABEL.x}', values, () => undefined)).toEqual({
      kind: 'unresolved',
      problems: ['the value of $LABEL.x is not allowed here: no escaping makes it safe at this place of the query'],
    })
  })

  test('of many labels the first twenty are shown', () => {
    const labels = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`l${i}`, '']))
    expect(resolve('$LABEL.x', { labels })).toEqual([expect.stringMatching(/labels l0, .*, l19$/)])
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
