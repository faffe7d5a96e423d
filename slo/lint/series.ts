import { baselineOf, indexHistory } from '../baseline.ts'
import type { Candidate, EarlierValue } from '../judgement.ts'
import type { Objective } from '../objectives.ts'
import type { SloContent } from '../slo-reading.ts'

/** Labels that identify a build; the first one that two evaluations both have decides whether they are of the same build. */
export const buildLabels = ['version', 'buildId', 'commit'] as const

/** An earlier evaluation with the build that its labels identify. */
export interface RecentEvaluation extends Candidate {
  readonly build?: Readonly<Partial<Record<(typeof buildLabels)[number], string>>>
}

/** The build that labels identify. */
export function buildOf(labels: Readonly<Record<string, unknown>>): NonNullable<RecentEvaluation['build']> {
  const named = buildLabels.flatMap((name) => {
    const label = labels[name]
    return typeof label === 'string' ? [[name, label] as const] : []
  })
  return Object.fromEntries(named)
}

/** The earlier values of an objective's indicator, from the provider with the newest value. */
export interface Series {
  /** Newest first. */
  readonly values: readonly number[]
  /** The values of each build that has several, newest first. */
  readonly ofBuilds: readonly (readonly number[])[]
  /** The value that the next one is compared with. */
  readonly baseline: number | undefined
}

/**
 * The series of each of `objectives`. Baselines come from `candidates` and values from `recent` evaluations, which may be the
 * same; both are newest first.
 */
export function seriesOf(
  { comparison, objectives }: SloContent,
  candidates: readonly Candidate[],
  recent: readonly RecentEvaluation[],
): ReadonlyMap<Objective, Series> {
  const index = indexHistory(comparison, candidates)
  const [all, compared] = [earlierByName(recent), earlierByName(candidates)]
  const seriesOfOne = ({ indicator }: Objective): Series => {
    const name = all.has(indicator) || compared.has(indicator) ? indicator : indicator.slice(indicator.indexOf(':') + 1)
    const values = all.get(name) ?? []
    const newest = values[0] ?? compared.get(name)?.[0]
    if (newest === undefined) return { values: [], ofBuilds: [], baseline: undefined }
    const own = values.filter(({ provider }) => provider === newest.provider)
    return {
      values: own.map(({ value }) => value),
      ofBuilds: valuesOfBuilds(own),
      baseline: baselineOf(index, newest).value,
    }
  }
  return new Map(objectives.map((objective) => [objective, seriesOfOne(objective)]))
}

interface ValueOfBuild extends EarlierValue {
  readonly build: RecentEvaluation['build']
}

function earlierByName(history: readonly RecentEvaluation[]): ReadonlyMap<string, readonly ValueOfBuild[]> {
  const byName = new Map<string, ValueOfBuild[]>()
  for (const { values, build } of history) {
    for (const value of values) {
      const known = byName.get(value.name)
      if (known === undefined) byName.set(value.name, [{ ...value, build }])
      else known.push({ ...value, build })
    }
  }
  return byName
}

function valuesOfBuilds(values: readonly ValueOfBuild[]): Series['ofBuilds'] {
  const groups: ValueOfBuild[][] = []
  for (const value of values) {
    const group = groups.find(([first]) => first !== undefined && isSameBuild(first.build, value.build))
    if (group === undefined) groups.push([value])
    else group.push(value)
  }
  return groups.filter(({ length }) => length > 1).map((group) => group.map(({ value }) => value))
}

function isSameBuild(one: RecentEvaluation['build'], other: RecentEvaluation['build']): boolean {
  const label = buildLabels.find((name) => one?.[name] !== undefined && other?.[name] !== undefined)
  return label !== undefined && one?.[label] === other?.[label]
}
