import type { CriteriaSet, Objective } from '../objectives.ts'
import { isNull, type YamlValue } from '../yaml-tree.ts'
import type { Subject } from './rule.ts'

/** The value at a path of keys and list indexes below another value; indexes skip null items, as reading does. */
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

/** An objective with the YAML value that it was read from. */
export interface PlacedObjective {
  readonly objective: Objective
  readonly value: YamlValue
}

export function placedObjectives({ slo }: Subject): readonly PlacedObjective[] {
  // Found once for all objectives: there may be ten thousand.
  const values = itemsOf(below(slo.root, 'objectives'))
  return slo.content.objectives.flatMap((objective, place) => {
    const value = values[place]
    return value === undefined ? [] : [{ objective, value }]
  })
}

/** The offset of a value below an objective, or of the objective itself if there is no such value. */
export function offsetOf({ value }: PlacedObjective, ...path: readonly (string | number)[]): number {
  return (below(value, ...path) ?? value).at
}

/** The name of an objective in sentences. */
export function named({ indicator }: Objective): string {
  return indicator === '' ? 'this objective' : indicator
}

/** One criteria set of an objective, with its place. */
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
