import { assert, asyncProperty, constantFrom, record, string, type Arbitrary } from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Measurement } from '../../../slo/index.ts'
import type { TakenEvaluation } from '../../../src/evaluation/evaluation-store.ts'
import type { Outcome } from '../../../src/evaluation/unjudged.ts'
import { newEvaluation, passed } from '../../support/evaluation.ts'
import { openTwoStores, type TwoStores } from '../../support/two-stores.ts'

/** An evaluation of any texts can be stored, and reads back unchanged except for characters that cannot be stored. */

let stores: TwoStores
beforeAll(async () => {
  stores = await openTwoStores()
})
afterAll(() => stores.remove())

/** Every code unit, halves of surrogate pairs too, and what PostgreSQL or JSON treats specially more often. */
const text: Arbitrary<string> = string({
  unit: constantFrom('\0', '\uD800', '\uDC00', '\u{1F600}', '\\', '"', 'u0000', 'ud800', '\u2028', 'é', 'a'),
  maxLength: 12,
})

const texts = record({ label: text, value: text, slo: text, message: text, warning: text, query: text, name: text })

function replaced(written: string): string {
  return written.toWellFormed().replaceAll('\0', '\uFFFD')
}

test('any text in any field is stored; characters that cannot be become U+FFFD', async () => {
  await assert(
    asyncProperty(texts, async ({ label, value, slo, message, warning, query, name }) => {
      const base = newEvaluation()
      const { evaluation } = await stores.one.accept({
        ...base,
        labels: { [`x${label}`]: value },
        slo: { digest: 'd', source: `s${slo}`, inline: false, totalScore: { pass: 90, warning: null }, text: slo },
        plan: [{ kind: 'unanswered', indicator: name, provider: name, name, definition: query, message }],
        warnings: [{ code: 'w', message: warning, [`f${label}`]: value }],
        reasons: [],
      })
      const taken = await takeOnly()
      const asked = { indicator: name, provider: name, name, definition: query, query, warnings: [warning] }
      const missing: Measurement = { ...asked, kind: 'missing', outcome: 'upstream', message }
      const outcome: Outcome = {
        ...passed,
        reasons: [{ code: 'not_measured', message, indicator: name }],
        warnings: [{ code: 'w', message: warning }],
        measurements: [missing],
      }
      const ended = await stores.one.finish(taken, outcome)
      const found = await stores.two.find(evaluation.id)
      expect(found).toEqual(ended)
      expect(found).toMatchObject({
        labels: { [`x${replaced(label)}`]: replaced(value) },
        slo: { text: replaced(slo), source: `s${replaced(slo)}` },
        reasons: [{ message: replaced(message), indicator: replaced(name) }],
        warnings: [{ message: replaced(warning) }],
      })
      const { measurements } = await stores.two.inputs(evaluation.id)
      expect(measurements).toMatchObject([{ query: replaced(query), message: replaced(message) }])
    }),
    { numRuns: 100 },
  )
})

async function takeOnly(): Promise<TakenEvaluation> {
  const [taken, ...more] = await stores.one.take(2, 60_000)
  if (taken === undefined || more.length > 0) throw new Error('one evaluation was to be taken')
  return taken
}
