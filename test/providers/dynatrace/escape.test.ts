import { describe, expect, test } from 'vitest'
import { escapeDynatrace } from '../../../providers/dynatrace/escape.ts'
import { parseQuery } from '../../../providers/dynatrace/query.ts'

/** `$` is where the value goes. */
function put(value: string, text: string, language: 'classic' | 'dql' = 'classic'): string | undefined {
  const [before = '', after = ''] = text.split('$')
  const escaped = escapeDynatrace(value, { before, after }, { language })
  return escaped === undefined ? undefined : before + escaped + after
}

const unquoted = 'metricSelector=a&entitySelector=type(SERVICE),tag(stage:$)'
const quoted = 'metricSelector=a&entitySelector=type(SERVICE),tag("stage:$")'
const nested = 'metricSelector=a:filter(in("x",entitySelector("tag(~"$~")")))'

describe('a value', () => {
  const cases: readonly (readonly [text: string, value: string, put: string | undefined])[] = [
    [unquoted, 'prod-eu 1.2:3', 'metricSelector=a&entitySelector=type(SERVICE),tag(stage:prod-eu 1.2:3)'],
    [unquoted, '', 'metricSelector=a&entitySelector=type(SERVICE),tag(stage:)'],
    [unquoted, 'a),type(HOST', undefined],
    [unquoted, 'a"b', undefined],
    [unquoted, 'a&resolution=Inf', undefined],
    [quoted, 'a),"b~', 'metricSelector=a&entitySelector=type(SERVICE),tag("stage:a),~"b~~")'],
    [quoted, 'what?', 'metricSelector=a&entitySelector=type(SERVICE),tag("stage:what?")'],
    [quoted, 'tom & jerry', 'metricSelector=a&entitySelector=type(SERVICE),tag("stage:tom %26 jerry")'],
    [quoted, '50%26', 'metricSelector=a&entitySelector=type(SERVICE),tag("stage:50%2526")'],
    [quoted, 'a\nb', undefined],
    [nested, 'prod', 'metricSelector=a:filter(in("x",entitySelector("tag(~"prod~")")))'],
    [nested, 'a"b', undefined],
    [nested, 'R&D 5%', 'metricSelector=a:filter(in("x",entitySelector("tag(~"R%26D 5%25~")")))'],
    ['metricSelector=a&entitySelector=tag("a~$")', 'x', undefined],
    ['a:filter(eq("k","$"))', 'x?scope=tag(y)', undefined],
    ['SLO;$', '7d07efde-b714', 'SLO;7d07efde-b714'],
    ['SLO;$', '../problems?x', undefined],
    ['SLO;"$', 'a&b', undefined],
    ['PV2;problemSelector=status($)', 'open', 'PV2;problemSelector=status(open)'],
    ['$', 'USQL;SINGLE_VALUE;;SELECT 1', undefined],
    ['USQL;$;x;SELECT 1', 'TABLE', undefined],
    ['USQL;TABLE;$;SELECT 1', "iOS 12 (it's)", "USQL;TABLE;iOS 12 (it's);SELECT 1"],
    ['USQL;TABLE;$;SELECT 1', 'x;SELECT 2', undefined],
    [
      "USQL;TABLE;x;SELECT a FROM b WHERE c IN('$')",
      'Côte d\'Ivoire; & "x"',
      "USQL;TABLE;x;SELECT a FROM b WHERE c IN('Côte d''Ivoire; & \"x\"')",
    ],
    ['USQL;TABLE;x;SELECT a WHERE c="$"', 'a"b', 'USQL;TABLE;x;SELECT a WHERE c="a""b"'],
    ["USQL;TABLE;x;SELECT a WHERE c='$'", 'a\\', undefined],
    ['USQL;TABLE;x;SELECT $ FROM b', 'duration', 'USQL;TABLE;x;SELECT duration FROM b'],
    ['USQL;TABLE;x;SELECT $ FROM b', 'a, b', undefined],
    ['DQL;fetch logs | filter x == "$"', 'prod', 'DQL;fetch logs | filter x == "prod"'],
    ['DQL;fetch logs | filter x == "$"', 'a" or true', 'DQL;fetch logs | filter x == "a\\" or true"'],
  ]
  for (const [text, value, result] of cases) {
    test(`${JSON.stringify(value)} in ${text} is ${result === undefined ? 'refused' : 'safe'}`, () => {
      expect(put(value, text)).toBe(result)
    })
  }

  test('is escaped for DQL where that needs no prefix', () => {
    expect(put('a"b', 'fetch logs | filter "$"', 'dql')).toBe('fetch logs | filter "a\\"b"')
    expect(put('a b', 'SLO;$', 'dql')).toBe('SLO;a b')
  })
})

test('no value changes what is asked beside its own place', () => {
  const values = [
    '"',
    '~',
    '~"',
    '")',
    '),tag("x',
    '=',
    ',',
    ';',
    '?scope=',
    "'",
    '\\',
    'MV2;Byte;',
    ' ',
    '(',
    '|',
    '&',
    '%',
    '26',
    '&resolution=1h',
  ]
  for (const value of values.flatMap((one) => values.map((other) => one + other))) {
    const text = put(value, quoted)
    if (text === undefined) continue
    const parsed = parseQuery(text, 'classic')
    if (parsed.kind !== 'metrics') throw new Error(`${text} is ${parsed.kind}`)
    const [, inside] = /^type\(SERVICE\),tag\("stage:((?:~.|[^~"])*)"\)$/.exec(parsed.query.entitySelector ?? '') ?? []
    expect(inside?.replaceAll(/~(.)/g, '$1')).toBe(value)
  }
})
