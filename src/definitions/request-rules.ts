import { PharosError, type Mistake } from '../base/errors.ts'
import { answered, type Answer } from './answer.ts'
import type { ServiceKey } from '../base/names.ts'
import type { Project } from './project.ts'

/** What a request brings along. */
interface Brought {
  readonly service: ServiceKey
  readonly sloText: string | undefined
  readonly pushedMetrics: readonly string[]
}

/** Throws PharosError `inline_slo_denied` if the project allows only its own SLO. */
export function refuseInlineSlo({ service, sloText }: Brought, { requests }: Project): void {
  if (sloText === undefined || requests.slo !== 'deny') return
  const message = `${service.project}/project.yaml does not allow inline SLOs: requests.slo is deny`
  throw new PharosError('inline_slo_denied', message)
}

/**
 * Callers must not choose the values of their own service: an indicator with a definition is measured, unless the project names
 * it in `requests.values`. Throws PharosError `pushed_over_measured`.
 */
export function refusePushedOverMeasured(
  { service, pushedMetrics }: Brought,
  answers: readonly Answer[],
  { requests }: Project,
): void {
  const isAllowed = (metric: string): boolean => requests.values.some((glob) => matchesGlob(metric, glob))
  const mistakes = answered(answers).flatMap((answer): readonly Mistake[] => {
    if (answer.kind !== 'pushed' || answer.insteadOf === undefined || isAllowed(answer.indicator)) return []
    const { indicator, insteadOf } = answer
    const message = `${JSON.stringify(indicator)} is for ${insteadOf} to measure: omit its value, or name it in requests.values of ${service.project}/project.yaml`
    const place = pushedMetrics.indexOf(indicator)
    const pointer = place === -1 ? '/indicatorsFrom' : `/indicators/${place}/metric`
    return [{ code: 'pushed_over_measured', pointer, message }]
  })
  if (mistakes.length === 0) return
  const distinct = [...new Map(mistakes.map((mistake) => [mistake.message, mistake])).values()]
  const message = 'values were pushed for indicators that the definitions measure'
  throw new PharosError('pushed_over_measured', message, { mistakes: distinct })
}

/** `*` matches any characters. */
function matchesGlob(text: string, glob: string): boolean {
  const parts = glob.split('*').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`))
  return new RegExp(`^${parts.join('.*')}$`, 's').test(text)
}

/** Warns of pushed values that a provider would have measured. */
export function pushedFindings(answers: readonly Answer[]): readonly Mistake[] {
  const messages = answered(answers).flatMap((answer) =>
    answer.kind === 'pushed' && answer.insteadOf !== undefined
      ? [`The value of ${JSON.stringify(answer.indicator)} was pushed; ${answer.insteadOf} was not asked.`]
      : [],
  )
  return [...new Set(messages)].map((message) => ({ code: 'pushed_over_measured', message }))
}
