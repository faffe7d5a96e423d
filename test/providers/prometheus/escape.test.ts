import { assert, constantFrom, oneof, property, string } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { escapePromql } from '../../../providers/prometheus/escape.ts'
import { resolvePlaceholders } from '../../../slo/placeholder.ts'

/** The query with `value` for `$LABEL.x`, undefined when it is refused. */
function insert(template: string, value: string): string | undefined {
  const resolved = resolvePlaceholders(template, new Map([['LABEL.x', value]]), escapePromql)
  return resolved.kind === 'resolved' ? resolved.query : undefined
}

describe('inside quotes', () => {
  for (const { template, value, query } of [
    { template: `m{a='$LABEL.x'}`, value: `it's`, query: String.raw`m{a='it\'s'}` },
    { template: `m{a='$LABEL.x'}`, value: `"`, query: `m{a='"'}` },
    { template: `m{a="$LABEL.x"}`, value: `a"b'c`, query: String.raw`m{a="a\"b'c"}` },
    { template: `m{a="$LABEL.x"}`, value: '\\', query: String.raw`m{a="\\"}` },
    { template: `m{a="$LABEL.x"}`, value: 'a\nb\r', query: String.raw`m{a="a\nb\r"}` },
    { template: `m{a="$LABEL.x"}`, value: '', query: undefined },
    { template: `m{a="$LABEL.x"}`, value: '1.2.3', query: `m{a="1.2.3"}` },
    { template: `m{a="$LABEL.x"}`, value: '\u{1f600}', query: 'm{a="\u{1f600}"}' },
    { template: 'm{a=`$LABEL.x`}', value: `\\'"\n`, query: `m{a=\`\\'"\n\`}` },
    { template: 'm{a=`$LABEL.x`}', value: '`', query: undefined },
    { template: `m{a=~"$LABEL.x"}`, value: '1.2', query: String.raw`m{a=~"1\\.2"}` },
    { template: `m{a!~'v$LABEL.x$'}`, value: 'a|b', query: String.raw`m{a!~'va\\|b$'}` },
    { template: 'm{a =~ `$LABEL.x`}', value: '(a)', query: 'm{a =~ `\\(a\\)`}' },
    { template: `m{a=~"x",b="$LABEL.x"}`, value: '1.2', query: `m{a=~"x",b="1.2"}` },
    { template: String.raw`m{a="\"$LABEL.x"}`, value: `"`, query: String.raw`m{a="\"\""}` },
    { template: String.raw`m{a="\\$LABEL.x"}`, value: `"`, query: String.raw`m{a="\\\""}` },
    { template: `m{a="'$LABEL.x"}`, value: `'`, query: `m{a="''"}` },
    { template: `m{a="#$LABEL.x"}`, value: `"`, query: String.raw`m{a="#\""}` },
    { template: `# it's\nm{a="$LABEL.x"}`, value: `"`, query: `# it's\nm{a="\\""}` },
    { template: `m{a='x'} # "\n + n{a='$LABEL.x'}`, value: `'`, query: `m{a='x'} # "\n + n{a='\\''}` },
  ]) {
    test(`${JSON.stringify(value)} in ${JSON.stringify(template)} is ${JSON.stringify(query)}`, () => {
      expect(insert(template, value)).toBe(query)
    })
  }

  test('a backslash of the author right before the placeholder would take the escape away: refused', () => {
    expect(insert(String.raw`m{a="\$LABEL.x"}`, `"`)).toBeUndefined()
    expect(insert(String.raw`m{a="\$LABEL.x"}`, 'harmless')).toBeUndefined()
  })

  test('the recorded injection stays a label value', () => {
    const query = insert(`sum(rate(m{job='$LABEL.x'}[300s]))`, `x'}[300s])) or vector(0) or sum(rate(m{job='x`)
    expect(query).toBe(String.raw`sum(rate(m{job='x\'}[300s])) or vector(0) or sum(rate(m{job=\'x'}[300s]))`)
  })
})

describe('outside quotes one plain word is allowed', () => {
  for (const value of ['up', 'job:http_requests:rate5m', '_x', '5', '0.95', '300s', '1h30m', '100ms']) {
    test(`${value} is allowed`, () => {
      expect(insert('sum($LABEL.x)', value)).toBe(`sum(${value})`)
    })
  }
  for (const value of [
    '',
    ' ',
    'a b',
    'up-up',
    'a.b',
    '-1',
    '1e3',
    '5m ',
    "'a'",
    'a{}',
    'up)',
    '#',
    '[5m]',
    '1.',
    'é',
    'a\n',
  ]) {
    test(`${JSON.stringify(value)} is refused`, () => {
      expect(insert('sum($LABEL.x)', value)).toBeUndefined()
    })
  }

  test('a comment is outside', () => {
    expect(insert('up # "$LABEL.x', 'a\nb')).toBeUndefined()
  })

  test('no colon in the middle of a word: it could become a subquery', () => {
    expect(insert('max_over_time(up[5$LABEL.x])', 'm:1m')).toBeUndefined()
    expect(insert('max_over_time(up[5$LABEL.x])', 'm')).toBe('max_over_time(up[5m])')
  })
})

describe('no value changes anything but its own literal', () => {
  const templates = [
    `m{a='$LABEL.x'}`,
    `m{a="$LABEL.x",b='"'}`,
    'm{a=`$LABEL.x`}',
    `m{a=~"^$LABEL.x$"} # it's`,
    `m{a!~'$LABEL.x|b'} or n{a="$LABEL.x"}`,
    'm{a =~`$LABEL.x`}',
    String.raw`# "` + '\n' + String.raw`m{a="\\$LABEL.x\"$LABEL.x"}`,
    'sum by ($LABEL.x) (m)',
    'rate(m[$LABEL.x]) > 1',
  ]
  const nasty = string({ unit: constantFrom(...`\\'"\`\n\r#{}[]()=~!,|.$x1m: `.split('')) })
  const value = oneof(nasty, string({ unit: 'binary' }), string())

  for (const template of templates) {
    test(`in ${JSON.stringify(template)}`, () => {
      const shape = tokensOf(template.replaceAll('$LABEL.x', 'word'))
      let accepted = 0
      assert(
        property(oneof(value, constantFrom('word', '5m')), (text) => {
          const query = insert(template, text)
          if (query === undefined) return
          accepted += 1
          const tokens = tokensOf(query)
          expect(tokens.map(({ kind }) => kind)).toEqual(shape.map(({ kind }) => kind))
          const changed = tokens.filter((token, at) => token.text !== shape[at]?.text)
          for (const token of changed) expect(token.text).toContain(literalOf(text, token))
        }),
        { numRuns: 500 },
      )
      expect(accepted).toBeGreaterThan(0)
    })
  }
})

interface Token {
  readonly kind: string
  /** Of a string: what it means, decoded. */
  readonly text: string
  readonly isRegex: boolean
}

/** A small reader of PromQL, written apart from the escaping: strings, comments, words, and every other character by itself. */
function tokensOf(query: string): readonly Token[] {
  const pattern =
    /(?<raw>`[^`]*`)|(?<quoted>"(?:[^"\\\n]|\\[^\n])*"|'(?:[^'\\\n]|\\[^\n])*')|(?<comment>#[^\n]*)|(?<space>\s+)|(?<word>[\w:.]+)|(?<other>[^])/gu
  let before = ''
  return [...query.matchAll(pattern)].flatMap((match): Token[] => {
    const isRegex = /[=!]~$/.test(before)
    const { raw, quoted, space, word } = match.groups ?? {}
    if (space !== undefined) return []
    before += match[0]
    if (raw !== undefined) return [{ kind: 'string', text: raw.slice(1, -1), isRegex }]
    if (quoted !== undefined) return [{ kind: 'string', text: decoded(quoted), isRegex }]
    if (match[0] === '"' || match[0] === "'" || match[0] === '`') throw new Error(`open string in ${query}`)
    return [{ kind: word === undefined ? match[0] : 'word', text: match[0], isRegex: false }]
  })
}

function decoded(quoted: string): string {
  const plain = new Map([
    ['n', '\n'],
    ['r', '\r'],
    ['\\', '\\'],
    [quoted.slice(0, 1), quoted.slice(0, 1)],
  ])
  return quoted.slice(1, -1).replace(/\\(.)/gs, (escape, char: string) => {
    const character = plain.get(char)
    if (character === undefined) throw new Error(`${escape} is no escape in ${quoted}`)
    return character
  })
}

/** What the value must have become inside `token`, for the one who reads the string. */
function literalOf(value: string, token: Token): string {
  return token.isRegex ? value.replace(/[.+*?()|[\]{}^$\\]/g, String.raw`\$&`) : value
}
