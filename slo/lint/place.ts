import type { CriteriaSet, Objective } from '../objectives.ts'
import { isNull, type YamlValue } from '../yaml-tree.ts'
import type { Subject } from './rule.ts'

/** A value below another one, by keys and places in lists; places count what is not null, as reading does. */
export function below(value: YamlValue | undefined, ...path: readonly (string | number)[]): YamlValue | undefined {
  return path.reduce<YamlValue | undefined>((found, step) => {
    if (found === undefined) return undefined
    if (typeof step === 'number') return itemsOf(found)[step]
    if (found.kind !== 'map') return undefined
    return found.entries.find(({ key }) => key.kind === 'scalar' && key.text === step)?.value
  }, value)
}

function itemsOf(value: YamlValue | undefined): readonly YamlValue[] {
  return value?.kind === 'list' ? value.items.filter((item) => !isNull(item)) : []
}

/** An objective with the value of the file that it was read from. */
export interface PlacedObjective {
  readonly objective: Objective
  readonly value: YamlValue
}

export function placedObjectives({ slo }: Subject): readonly PlacedObjective[] {
  // Once for all of them: there may be ten thousand.
  const values = itemsOf(below(slo.root, 'objectives'))
  return slo.content.objectives.flatMap((objective, place) => {
    const value = values[place]
    return value === undefined ? [] : [{ objective, value }]
  })
}

/** Where something below an objective stands; the objective itself where that cannot be told. */
export function offsetOf({ value }: PlacedObjective, ...path: readonly (string | number)[]): number {
  return (below(value, ...path) ?? value).at
}

/** How an objective is called in sentences. */
export function named({ indicator }: Objective): string {
  return indicator === '' ? 'this objective' : indicator
}

/** One criteria set of an objective, with where it stands. */
export interface PlacedSet {
  readonly placed: PlacedObjective
  readonly key: 'pass' | 'warning'
  readonly place: number
  readonly set: CriteriaSet
}

export function placedSets(subject: Subject): readonly PlacedSet[] {
  return placedObjectives(subject).flatMap((placed) =>
    (['pass', 'warning'] as const).flatMap((key) =>
      placed.objective[key].map((set, place) => ({ placed, key, place, set })),
    ),
  )
}
