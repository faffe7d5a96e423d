import { parseSlo, SloError, type Slo } from '../../slo/index.ts'
import { lineBreakMark, withoutDialect } from './deviations.ts'
import { same, type Finding } from './finding.ts'

/** The SLO, or why there is none. Anything else that is thrown is a bug and goes up. */
export function parsedSlo(text: string): Slo | SloError {
  try {
    return parseSlo(text)
  } catch (error) {
    if (error instanceof SloError) return error
    throw error
  }
}

/** Compared are texts as the policy misspeltKeys: keptn has them; by default these are refused. */
export function noteMisspelt(parsed: Slo | SloError, finding: Finding): void {
  if (parsed.misspelt.length > 0) finding.deviations.add('key_misspelt')
}

export function issueCodes(parsed: Slo | SloError): readonly string[] {
  return parsed instanceof SloError ? [...new Set(parsed.issues.map(({ code }) => code))] : []
}

/** Keptn refused what Pharos read: only for a detail of YAML, and then as if the detail were not there. */
export function sameDialect(text: string, parsed: Slo, finding: Finding): void {
  const without = withoutDialect(text)
  if (without === undefined) {
    finding.differences.push('the SLO is read, but Keptn refused it')
    return
  }
  finding.deviations.add(without.deviation)
  const plain = parsedSlo(without.text)
  const original = JSON.stringify(parsed).replaceAll(/[\u0085\u2028\u2029]/g, lineBreakMark)
  same(finding, 'the SLO', original, plain instanceof SloError ? plain.message : JSON.stringify(plain))
}
