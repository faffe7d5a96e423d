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
