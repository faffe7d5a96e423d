import { parser } from '@prometheus-io/lezer-promql'
import { assert, constantFrom, oneof, property, string } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { escapePromql } from '../../../providers/prometheus/escape.ts'
import { placeholderValues, resolvePlaceholders } from '../../../slo/placeholder.ts'

const window = { start: new Date('2024-05-01T00:30:00Z'), end: new Date('2024-05-01T00:35:00Z') }

/** The query with a label `x`, undefined when the value is refused. */
function insert(template: string, value: string): string | undefined {
  const source = { project: 'shop', stage: 'prod', service: 'carts', filter: [], environment: {}, window }
  const values = placeholderValues({ ...source, labels: { x: value } })
  const resolved = resolvePlaceholders(template, values, escapePromql)
  return resolved.kind === 'resolved' ? resolved.query : undefined
}

interface Part {
  readonly name: string
  readonly isMistake: boolean
  readonly from: number
  readonly to: number
}

/** What Prometheus' own grammar for editors makes of a query, in the order of the text. */
function treeOf(query: string): readonly Part[] {
  const parts: Part[] = []
  parser.parse(query).iterate({
    enter: ({ name, type, from, to }) => {
      parts.push({ name, isMistake: type.isError, from, to })
    },
  })
  return parts
}

/** The same parts, with every place behind the placeholder moved by as much as the value is longer. */
function moved(parts: readonly Part[], at: number, by: number): readonly Part[] {
  const move = (place: number) => (place > at ? place + by : place)
  return parts.map((part) => ({ ...part, from: move(part.from), to: move(part.to) }))
}

const nasty = string({ unit: constantFrom(...`\\'"\`\n\r#{}[]()=~!,|.$x1m:@ `.split('')) })
const attacks = constantFrom(
  `x'}[300s])) or vector(0) or sum(rate(m{job='x`,
  `x"} or vector(0) # `,
  '`} or vector(0) or m{a=`',
  '\\',
  '\n',
  '5m:1m',
)
const anyValue = oneof(nasty, attacks, string({ unit: 'binary' }), string())

describe('no label value changes the tree of the query outside its literal', () => {
  for (const template of [
    `sum(rate(m{job='$LABEL.x'}[300s]))`,
    `m{a="$LABEL.x",b='"'}`,
    'm{a=`$LABEL.x`}',
    `m{a=~"^$LABEL.x$"} # it's`,
    `n{a!~'$LABEL.x|b'} or m{b="c"} offset 5m`,
    'm{a =~`$LABEL.x`} > bool 1',
    `# "\nm{a="\\\\$LABEL.x\\""}`,
    `label_replace(m{a!="v$LABEL.x"}, "b", "$1", "c", "(.*)")`,
    `{__name__="$LABEL.x", a="1"} @ 5`,
  ]) {
    test(`in ${template}`, () => {
      const at = template.indexOf('$LABEL.x')
      const harmless = treeOf(template.replace('$LABEL.x', 'w'))
      expect(harmless.filter(({ isMistake }) => isMistake)).toEqual([])
      let accepted = 0
      assert(
        property(anyValue, (value) => {
          const query = insert(template, value)
          if (query === undefined) return
          accepted += 1
          expect(treeOf(query)).toEqual(moved(harmless, at, query.length - template.length + '$LABEL.x'.length - 1))
        }),
        { numRuns: 500 },
      )
      expect(accepted).toBeGreaterThan(50)
    })
  }

  test('the same values put in as they are do change it', () => {
    const template = `sum(rate(m{job='$LABEL.x'}[300s]))`
    const raw = template.replace('$LABEL.x', `x'}[300s])) or vector(0) or sum(rate(m{job='x`)
    expect(treeOf(raw).map(({ name }) => name)).toContain('Or')
  })
})
