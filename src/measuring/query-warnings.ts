import { setImmediate } from 'node:timers/promises'
import type { Warning } from '../base/warning.ts'
import type { Window } from '../base/window.ts'
import type { QueryProblemsFor } from '../definitions/query-problems.ts'
import { queriesOf, type PlannedIndicator } from './planned.ts'

/** Queries read before other work gets a turn: one takes a few tenths of a millisecond. */
const atOnce = 25

/** About the queries that an evaluation will ask, also as inputs of formulas, each indicator once. */
export async function queryWarnings(
  plan: readonly PlannedIndicator[],
  { start, end }: Pick<Window, 'start' | 'end'>,
  problemsFor: QueryProblemsFor,
): Promise<readonly Warning[]> {
  const window = { lengthMs: end.getTime() - start.getTime(), isKnown: true }
  const warnings: Warning[] = []
  const asked = new Map(queriesOf(plan).map((planned) => [planned.indicator, planned])).values()
  for (const [place, { indicator, provider, query, options }] of [...asked].entries()) {
    if (place > 0 && place % atOnce === 0) await setImmediate()
    const problems = problemsFor(provider)(options === undefined ? { query } : { query, options }, window)
    warnings.push(...problems.map((problem) => ({ ...problem, indicator, provider })))
  }
  return warnings
}
