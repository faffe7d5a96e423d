import { booleanOf, numberOfScalar, typeOf } from '../../slo/scalar.ts'
import { isNull, type YamlScalar, type YamlValue } from '../../slo/yaml-tree.ts'
import { readYaml, YamlError } from '../../slo/yaml.ts'
import type { KeptnObjective, KeptnSlo } from './case.ts'

/** An SLO text as Keptn 1.4.5 reads it, with what its reading loses. Other than Pharos it drops, truncates and defaults. */
export type KeptnReading =
  | { readonly kind: 'rejected' }
  /** `null` or an empty first document: Keptn crashed. */
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'read'
      readonly slo: KeptnSlo
      /** Comments and blanks only, which Keptn takes for an SLO without anything. */
      readonly isBlank: boolean
      /** As written, before truncation; absent ones left out. */
      readonly weights: readonly number[]
      readonly comparisonNumber: number | undefined
      readonly hasBinary: boolean
    }

class Rejected extends Error {}

/** What reading one text came across. */
interface Losses {
  readonly weights: number[]
  comparisonNumber: number | undefined
  hasBinary: boolean
}

export function readKeptnSlo(sloText: string): KeptnReading {
  try {
    const { root } = readYaml(sloText)
    if (root === undefined) return blank()
    if (isNull(root)) return { kind: 'nothing' }
    const losses: Losses = { weights: [], comparisonNumber: undefined, hasBinary: false }
    const slo = sloOf(root, losses)
    return { kind: 'read', slo, isBlank: false, ...losses }
  } catch (error) {
    if (error instanceof YamlError || error instanceof Rejected) return { kind: 'rejected' }
    throw error
  }
}

const defaultComparison = {
  compare_with: 'single_result',
  include_result_with_score: 'all',
  number_of_comparison_results: 1,
  aggregate_function: 'avg',
}

function blank(): KeptnReading {
  const slo = { spec_version: '', filter: null, comparison: defaultComparison, objectives: null, total_score: null }
  return { kind: 'read', slo, isBlank: true, weights: [], comparisonNumber: undefined, hasBinary: false }
}

function sloOf(root: YamlValue, losses: Losses): KeptnSlo {
  const fields = mapping(root)
  const totalScore = fields.get('total_score')
  const scores = totalScore && mapping(totalScore)
  return {
    spec_version: text(fields.get('spec_version'), losses),
    filter: filterOf(fields.get('filter'), losses),
    comparison: comparisonOf(fields.get('comparison'), losses),
    objectives: list(fields.get('objectives'))
      .filter((item) => !isNull(item))
      .map((item) => objectiveOf(item, losses)),
    total_score: scores
      ? { pass: text(scores.get('pass'), losses), warning: text(scores.get('warning'), losses) }
      : null,
  }
}

function filterOf(field: YamlValue | undefined, losses: Losses): KeptnSlo['filter'] {
  if (field === undefined) return null
  if (field.kind !== 'map') throw new Rejected()
  const entries = field.entries.flatMap(({ key, value }) =>
    isNull(key) ? [] : [[text(key, losses), text(value, losses)]],
  )
  if (new Set(entries.map(([key]) => key)).size < entries.length) throw new Rejected()
  return Object.fromEntries(entries)
}

function comparisonOf(field: YamlValue | undefined, losses: Losses): KeptnSlo['comparison'] {
  if (field === undefined) return defaultComparison
  const fields = mapping(field)
  losses.comparisonNumber = number(fields.get('number_of_comparison_results'))
  return {
    compare_with: text(fields.get('compare_with'), losses),
    include_result_with_score: text(fields.get('include_result_with_score'), losses) || 'all',
    number_of_comparison_results: Math.trunc(losses.comparisonNumber ?? 0) || 3,
    aggregate_function: text(fields.get('aggregate_function'), losses) || 'avg',
  }
}

function objectiveOf(item: YamlValue, losses: Losses): KeptnObjective {
  const fields = mapping(item)
  const weight = number(fields.get('weight'))
  const keySli = fields.get('key_sli')
  const isKey = keySli?.kind === 'scalar' ? booleanOf(keySli) : keySli && undefined
  if (keySli && isKey === undefined) throw new Rejected()
  if (weight !== undefined) losses.weights.push(weight)
  return {
    sli: text(fields.get('sli'), losses),
    displayName: text(fields.get('displayName'), losses),
    pass: setsOf(fields.get('pass'), losses),
    warning: setsOf(fields.get('warning'), losses),
    weight: Math.trunc(weight ?? 1) || 1,
    key_sli: isKey ?? false,
  }
}

function setsOf(field: YamlValue | undefined, losses: Losses): KeptnObjective['pass'] {
  return list(field).map((set) => {
    if (isNull(set)) return null
    const texts = list(mapping(set).get('criteria')).filter((item) => !isNull(item))
    return { criteria: texts.map((item) => text(item, losses)) }
  })
}

function mapping(value: YamlValue): ReadonlyMap<string, YamlValue> {
  if (value.kind !== 'map') throw new Rejected()
  const fields = new Map<string, YamlValue>()
  for (const { key, value: field } of value.entries) {
    if (key.kind !== 'scalar' || fields.has(key.text)) throw new Rejected()
    fields.set(key.text, field)
  }
  return new Map([...fields].filter(([, field]) => !isNull(field)))
}

function list(value: YamlValue | undefined): readonly YamlValue[] {
  if (value === undefined) return []
  if (value.kind !== 'list') throw new Rejected()
  return value.items
}

function text(value: YamlValue | undefined, losses: Losses): string {
  if (value === undefined || isNull(value)) return ''
  if (value.kind === 'scalar' && value.tag === 'tag:yaml.org,2002:binary') return binary(value, losses)
  if (value.kind !== 'scalar' || typeOf(value) === null) throw new Rejected()
  return value.text
}

function binary(value: YamlScalar, losses: Losses): string {
  losses.hasBinary = true
  try {
    return atob(value.text)
  } catch {
    throw new Rejected()
  }
}

function number(value: YamlValue | undefined): number | undefined {
  if (value === undefined) return undefined
  const count = value.kind === 'scalar' ? numberOfScalar(value) : undefined
  if (count === undefined || Math.abs(count) > 2 ** 63) throw new Rejected()
  return count
}
