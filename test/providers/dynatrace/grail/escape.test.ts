import { assert, property, string } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { escapeDynatrace } from '../../../../providers/dynatrace/escape.ts'

/** `$` is where the value goes. */
function put(value: string, query: string): string | undefined {
  const [before = '', after = ''] = query.split('$')
  const escaped = escapeDynatrace(value, { before, after }, { language: 'dql' })
  return escaped === undefined ? undefined : before + escaped + after
}

const text = 'fetch logs | filter stage == "$" | summarize v = count()'
const nested = 'timeseries v = avg(m), filter: in(id, classicEntitySelector("type(service),tag(\\"$\\")"))'

describe('a value in DQL', () => {
  const cases: readonly (readonly [query: string, value: string, put: string | undefined])[] = [
    [text, 'prod-eu 1', 'fetch logs | filter stage == "prod-eu 1" | summarize v = count()'],
    [text, '', 'fetch logs | filter stage == "" | summarize v = count()'],
    [text, 'a" or "1"=="1', 'fetch logs | filter stage == "a\\" or \\"1\\"==\\"1" | summarize v = count()'],
    [text, 'C:\\', 'fetch logs | filter stage == "C:\\\\" | summarize v = count()'],
    [text, 'a\nb', undefined],
    ['DQL;data record(v = "$")', '"', 'DQL;data record(v = "\\"")'],
    ['fetch logs, from: -$', '300s', 'fetch logs, from: -300s'],
    ['fetch logs, from: $', 'now() | fields a', undefined],
    ['fetch $', 'logs', 'fetch logs'],
    ['fetch logs, from: "$"', '2024-05-01T00:00:00.000Z', 'fetch logs, from: "2024-05-01T00:00:00.000Z"'],
    ['filter a == """$"""', "it's {x}", `filter a == """it's {x}"""`],
    ['filter a == """$"""', 'x"', undefined],
    ['filter a == """$"""', 'x\\', undefined],
    ['filter a == "" and b == "$"', 'x y', 'filter a == "" and b == "x y"'],
    ['fields `$`', 'count()', 'fields `count()`'],
    ['fields `$`', 'a`, b', undefined],
    ['filter a == "\\$"', 'x', undefined],
    ['filter a == "\\\\$"', '"', 'filter a == "\\\\\\""'],
    [nested, 'prod-eu', nested.replace('$', 'prod-eu')],
    [nested, 'x"),type("HOST', undefined],
    ['fetch logs // of $', 'prod', 'fetch logs // of prod'],
    ['fetch logs // of $', 'a b', undefined],
    ['fetch logs /* of "$ */', '*/ | x', undefined],
    ['fetch logs // it is "\n| filter a == "$"', 'x y', 'fetch logs // it is "\n| filter a == "x y"'],
    [`filter a == 'x' and b == "$"`, 'x y', undefined],
  ]
  for (const [query, value, expected] of cases) {
    test(`${JSON.stringify(value)} in ${query}`, () => {
      expect(put(value, query)).toBe(expected)
    })
  }

  test('means itself within quotes, and the query around it stays what it is', () => {
    assert(
      property(string({ unit: 'binary', maxLength: 30 }), (value) => {
        const query = put(value, 'a == "$" | limit 1')
        const [, read] = /^a == "((?:[^"\\]|\\["\\])*)" \| limit 1$/u.exec(query ?? '') ?? []
        const isRefused = /\p{Cc}/u.test(value)
        expect(read?.replaceAll(/\\(["\\])/g, '$1')).toBe(isRefused ? undefined : value)
      }),
      { numRuns: 2000 },
    )
  })
})
