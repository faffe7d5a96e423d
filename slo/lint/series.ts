import { baselineOf, indexHistory } from '../baseline.ts'
import type { Candidate, EarlierValue } from '../judgement.ts'
import type { Objective } from '../objectives.ts'
import type { SloContent } from '../slo-reading.ts'

/** The earlier values of an objective's indicator, of the provider that has the newest one. */
export interface Series {
  /** Newest first. */
  readonly values: readonly number[]
  /** What the next value is compared with. */
  readonly baseline: number | undefined
}

/**
 * One for each of `objectives`. What the next value is compared with is of `candidates`, how values lie is of `recent` ones, which may
 * be the same; both are newest first.
 */
export function seriesOf(
  { comparison, objectives }: SloContent,
  candidates: readonly Candidate[],
  recent: readonly Candidate[],
): ReadonlyMap<Objective, Series> {
  const index = indexHistory(comparison, candidates)
  const [all, compared] = [earlierByName(recent), earlierByName(candidates)]
  const seriesOfOne = ({ indicator }: Objective): Series => {
    const name = all.has(indicator) || compared.has(indicator) ? indicator : indicator.slice(indicator.indexOf(':') + 1)
    const values = all.get(name) ?? []
    const newest = values[0] ?? compared.get(name)?.[0]
    if (newest === undefined) return { values: [], baseline: undefined }
    const own = values.filter(({ provider }) => provider === newest.provider)
    return { values: own.map(({ value }) => value), baseline: baselineOf(index, newest).value }
  }
  return new Map(objectives.map((objective) => [objective, seriesOfOne(objective)]))
}

function earlierByName(history: readonly Candidate[]): ReadonlyMap<string, readonly EarlierValue[]> {
  const byName = new Map<string, EarlierValue[]>()
  for (const { values } of history) {
    for (const value of values) {
      const known = byName.get(value.name)
      if (known === undefined) byName.set(value.name, [value])
      else known.push(value)
    }
  }
  return byName
}
