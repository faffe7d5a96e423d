import { expect, test } from 'vitest'
import { nearestWord } from '../../slo/near-miss.ts'

const objective = ['sli', 'displayName', 'pass', 'warning', 'weight', 'key_sli']
const included = ['all', 'pass', 'pass_or_warn']

for (const { written, known, meant } of [
  { written: 'warn', known: objective, meant: 'warning' },
  { written: 'warnings', known: objective, meant: 'warning' },
  { written: 'displayname', known: objective, meant: 'displayName' },
  { written: 'display_name', known: objective, meant: 'displayName' },
  { written: 'keySli', known: objective, meant: 'key_sli' },
  { written: 'wieght', known: objective, meant: 'weight' },
  { written: 'pas', known: objective, meant: 'pass' },
  { written: 'pass_or_warning', known: included, meant: 'pass_or_warn' },
  { written: 'passed', known: included, meant: 'pass' },
  { written: 'ALL', known: included, meant: 'all' },
  { written: 'single', known: ['single_result', 'several_results'], meant: 'single_result' },
  { written: 'key-sli', known: objective, meant: 'key_sli' },
  { written: 'Key SLI', known: objective, meant: 'key_sli' },
  // Of several the one whose length is nearest, wherever it stands.
  { written: 'pas', known: ['pass_or_warn', 'pass'], meant: 'pass' },
  { written: 'pass_or', known: ['pass', 'pass_or_warn'], meant: 'pass' },
  { written: 'pass_or_wa', known: ['pass', 'pass_or_warn'], meant: 'pass_or_warn' },
  // Cut short to no less than three letters; longer by four at most, and by none where the word is short.
  { written: 'pa', known: objective, meant: undefined },
  { written: 'pass1234', known: objective, meant: 'pass' },
  { written: 'pass12345', known: objective, meant: undefined },
  { written: 'alls', known: ['all'], meant: 'all' },
  { written: 'allow', known: ['all'], meant: undefined },
  // One slip from four letters on, two from six: a letter replaced, left out or too many.
  { written: 'pss', known: objective, meant: undefined },
  { written: 'pazs', known: objective, meant: 'pass' },
  { written: 'pazz', known: objective, meant: undefined },
  { written: 'wight', known: objective, meant: 'weight' },
  { written: 'wiegt', known: objective, meant: undefined },
  { written: 'weyght', known: objective, meant: 'weight' },
  { written: 'weeight', known: objective, meant: 'weight' },
  { written: 'wxxght', known: objective, meant: 'weight' },
  { written: 'wxxxht', known: objective, meant: undefined },
  { written: 'xweightx', known: objective, meant: 'weight' },
  { written: 'xxweightx', known: objective, meant: undefined },
  { written: 'isplayNme', known: objective, meant: 'displayName' },
  { written: 'isplyNme', known: objective, meant: undefined },
  { written: 'p99', known: ['avg', 'p50', 'p90', 'p95'], meant: undefined },
  { written: 'owner', known: objective, meant: undefined },
  { written: 'unit', known: objective, meant: undefined },
  { written: '', known: objective, meant: undefined },
  { written: 'w'.repeat(100_000), known: objective, meant: undefined },
]) {
  test(`${written.slice(0, 20)} is ${meant ?? 'nothing known'}`, () => {
    expect(nearestWord(written, known)).toBe(meant)
  })
}
