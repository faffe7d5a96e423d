import { historyLinter, type Candidate, type Finding, type RecentEvaluation } from '../../slo/index.ts'
import type { Evaluation, SloUsed } from './evaluation.ts'
import type { Warning } from '../base/warning.ts'
import { remember } from '../base/memoize.ts'

/** What was measured of late changes little from build to build, and reading it takes a fifth of what a judgement takes. */
const readEveryMs = 10_000
/** Of so many services it is kept: 16 MB where each has fifty indicators. */
const servicesMax = 100

const linterOnce = remember((sloText: string) => historyLinter(sloText))

/** What earlier evaluations show of the SLO: findings of the linter, each with its place in the request or below the root. */
export function historyWarnings(
  { text, source, inline }: Pick<SloUsed, 'text' | 'source' | 'inline'>,
  candidates: readonly Candidate[],
  recent: readonly RecentEvaluation[],
): readonly Warning[] {
  const place = inline ? { pointer: '/slo' } : { file: source }
  return linterOnce(text)(candidates, recent).map((finding) => toWarning(finding, place))
}

function toWarning({ rule, severity, message, fix, indicator, line, column }: Finding, place: object): Warning {
  return { code: rule, severity, message, fix, ...(indicator !== undefined && { indicator }), ...place, line, column }
}

type Read = (evaluation: Evaluation) => Promise<readonly RecentEvaluation[]>

/** `read`, asked for each service once in 10 s at most; in between it answers as before. `now` is in milliseconds. */
export function readNowAndThen(read: Read, now: () => number): Read {
  const known = new Map<string, { readonly at: number; readonly recent: Promise<readonly RecentEvaluation[]> }>()
  return (evaluation) => {
    const { project, stage, service, slo } = evaluation
    const key = JSON.stringify([project, stage, service, slo?.inline])
    const last = known.get(key)
    if (last !== undefined && now() - last.at < readEveryMs) return last.recent
    const recent = read(evaluation)
    known.delete(key)
    known.set(key, { at: now(), recent })
    recent.catch(() => known.delete(key))
    for (const [oldest, { at }] of known) {
      if (known.size <= servicesMax && now() - at < readEveryMs) break
      known.delete(oldest)
    }
    return recent
  }
}
