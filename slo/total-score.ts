import { parseDecimal } from './criterion.ts'
import { fieldsOf, textOf, type Notes } from './fields.ts'
import { sloMappings } from './known-keys.ts'
import { isNull, type YamlValue } from './yaml-tree.ts'

/** The scores an evaluation needs, 0 to 100. */
export interface TotalScore {
  readonly pass: number
  /** Null if there are no warnings: any score below `pass` is a fail. */
  readonly warning: number | null
}

/** Reads `total_score`, which must have `pass`; `at` is the place to report if it is missing. */
export function totalScoreOf(field: YamlValue | undefined, at: number, notes: Notes): TotalScore {
  if (field === undefined || isNull(field)) {
    notes.issues.push({
      code: 'total_score_missing',
      message:
        'total_score is missing: it sets the minimum scores for a pass and a warning, such as {pass: "90%", warning: "75%"}',
      at,
    })
    return { pass: 0, warning: null }
  }
  const fields = fieldsOf(field, sloMappings.totalScore, notes)
  const pass = thresholdOf(fields.get('pass'), 'total_score.pass', notes)
  const warning = thresholdOf(fields.get('warning'), 'total_score.warning', notes)
  if (pass === undefined && field.kind === 'map') {
    notes.issues.push({ code: 'total_score_missing', message: 'total_score.pass is missing', at: field.at })
  }
  if (pass !== undefined && warning !== undefined && warning > pass) {
    const message = `total_score.warning (${warning}) is above total_score.pass (${pass}), so no score leads to a warning`
    notes.findings.push({ code: 'warning_above_pass', message, at: fields.get('warning')?.at ?? field.at })
  }
  return { pass: pass ?? 0, warning: warning ?? null }
}

/** `90`, `90%`, `"66.6%"`: undefined if absent or empty; 0, with an issue, if it is not a number from 0 to 100. */
function thresholdOf(field: YamlValue | undefined, what: string, notes: Notes): number | undefined {
  const text = textOf(field, what, notes)
  if (field === undefined) return undefined
  if (field.kind !== 'scalar') return 0
  if (text === '') return undefined
  const threshold = parseDecimal(text.endsWith('%') ? text.slice(0, -1) : text)
  if (threshold !== undefined && threshold >= 0 && threshold <= 100) return Math.abs(threshold)
  const message = `${what} must be a decimal number from 0 to 100, with or without %, not ${JSON.stringify(text)}`
  notes.issues.push({ code: 'threshold_invalid', message, at: field.at })
  return 0
}
