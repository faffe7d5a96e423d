import { parseCriterion, type Criterion } from './criterion.ts'
import { fieldsOf, flagOf, itemsOf, scalarOf, textOf, wrongType, type Note, type Notes } from './fields.ts'
import { sloMappings } from './known-keys.ts'
import { numberOfScalar } from './scalar.ts'
import { isNull, type YamlMap, type YamlValue } from './yaml-tree.ts'
import type { Place } from './yaml.ts'

/** Criteria that must all hold. Several sets are alternatives. Never empty. */
export type CriteriaSet = readonly Criterion[]

/** The criteria for one indicator. */
export interface Objective {
  /** The file's `sli`. */
  readonly indicator: string
  /** `''` if the file has none. */
  readonly displayName: string
  /** Alternatives. If empty, the objective is informational and does not count towards the score. */
  readonly pass: readonly CriteriaSet[]
  readonly warning: readonly CriteriaSet[]
  /** A whole number, at least 1. */
  readonly weight: number
  /** If it fails, the evaluation fails, whatever the score. */
  readonly isKey: boolean
  /** Its line in the file, counted from 1. */
  readonly line: number
}

export interface ObjectiveLimits {
  readonly objectivesMax: number
  /** Of all objectives together, counting each use of an alias. */
  readonly criteriaMax: number
  /** Entries of `pass` and `warning`, of all objectives together, counting each use of an alias. */
  readonly entriesMax: number
}

/** Keptn's weights are 64-bit integers. */
const weightLimit = 2 ** 63

/** The state of reading all objectives. */
interface Progress {
  readonly limits: ObjectiveLimits
  readonly notes: Notes
  readonly placeOf: (at: number) => Place
  /** The column at which the current objective begins. */
  objectiveColumn: number
  criteriaCount: number
  entriesCount: number
}

/** Reads `objectives`, dropping null entries as Keptn does, and adds their mistakes to `notes`. */
export function objectivesOf(
  field: YamlValue | undefined,
  limits: ObjectiveLimits,
  notes: Notes,
  placeOf: (at: number) => Place,
): readonly Objective[] {
  const items = itemsOf(field, 'objectives', notes).filter((item) => !isNull(item))
  if (items.length > limits.objectivesMax) {
    const message = `there are ${items.length} objectives, at most ${limits.objectivesMax} are read`
    const fix = 'split the SLO, or raise limits.objectives in pharos.yaml (at most 10000)'
    notes.issues.push({ code: 'too_many_objectives', message, at: field?.at ?? 0, fix })
    return []
  }
  const progress: Progress = { limits, notes, placeOf, objectiveColumn: 0, criteriaCount: 0, entriesCount: 0 }
  const objectives = items.map((item) => objectiveOf(item, progress))
  if (progress.criteriaCount > limits.criteriaMax) {
    const message = `the objectives have more than ${limits.criteriaMax} criteria`
    notes.issues.push({ code: 'too_many_criteria', message, at: field?.at ?? 0 })
  }
  if (progress.entriesCount > limits.entriesMax) {
    const message = `pass and warning of all objectives together have ${progress.entriesCount} entries, at most ${limits.entriesMax} are read`
    notes.issues.push({ code: 'too_many_criteria', message, at: field?.at ?? 0 })
  }
  return objectives
}

function objectiveOf(item: YamlValue, progress: Progress): Objective {
  const { notes } = progress
  const { line, column } = progress.placeOf(item.at)
  progress.objectiveColumn = column
  const fields = fieldsOf(item, sloMappings.objective, notes)
  const indicator = textOf(fields.get('sli'), 'sli', notes)
  const pass = criteriaSetsOf(fields.get('pass'), 'pass', progress)
  const keySli = fields.get('key_sli')
  const isKey = flagOf(keySli, 'key_sli', notes)
  if (indicator === '' && item.kind === 'map') {
    notes.findings.push({
      code: 'sli_empty',
      message: 'this objective has no sli, so it cannot be measured',
      at: item.at,
    })
  }
  if (isKey && pass.length === 0 && keySli !== undefined) {
    const message = 'key_sli has no effect on an objective without pass criteria'
    notes.findings.push({ code: 'key_sli_without_effect', message, at: keySli.at })
  }
  return {
    indicator,
    displayName: textOf(fields.get('displayName'), 'displayName', notes),
    pass,
    warning: criteriaSetsOf(fields.get('warning'), 'warning', progress),
    weight: weightOf(fields.get('weight'), notes),
    isKey,
    line,
  }
}

function criteriaSetsOf(
  field: YamlValue | undefined,
  key: 'pass' | 'warning',
  progress: Progress,
): readonly CriteriaSet[] {
  const bare = field && bareCriteria(field)
  if (field !== undefined && bare !== undefined) {
    const message = `${key} must be a list of entries with criteria, not a list of criteria`
    const fix = `write ${key}: [{criteria: [${bare.map((text) => JSON.stringify(text)).join(', ')}]}]`
    progress.notes.issues.push({ code: 'wrong_type', message, at: field.at, fix })
    return []
  }
  if (field?.kind === 'map' && hasKey(field, 'criteria')) {
    const message = `${key} must be a list of entries with criteria, not a single entry`
    progress.notes.issues.push({
      code: 'wrong_type',
      message,
      at: field.at,
      fix: 'write "- criteria:" instead of "criteria:"',
    })
    return []
  }
  const sets = itemsOf(field, key, progress.notes)
  progress.entriesCount += sets.length
  if (progress.entriesCount > progress.limits.entriesMax) return []
  return sets.map((set) => criteriaSetOf(set, key, progress))
}

/** Criteria written directly instead of entries with criteria; undefined if there is anything else. */
function bareCriteria(field: YamlValue): readonly string[] | undefined {
  const items = field.kind === 'list' ? field.items : [field]
  const texts = items.flatMap((item) => (item.kind === 'scalar' ? [item.text] : []))
  const isBare =
    items.length > 0 && texts.length === items.length && texts.every((text) => !('error' in parseCriterion(text)))
  return isBare ? texts : undefined
}

function hasKey(map: YamlMap, name: string): boolean {
  return map.entries.some(({ key }) => key.kind === 'scalar' && key.text === name)
}

function criteriaSetOf(set: YamlValue, key: 'pass' | 'warning', progress: Progress): CriteriaSet {
  const { notes } = progress
  if (isNull(set)) {
    notes.issues.push({
      code: 'empty_entry',
      message: `an entry of ${key} is empty, but must have criteria`,
      at: set.at,
    })
    return []
  }
  if (set.kind === 'map' && hasKey(set, 'sli') && !hasKey(set, 'criteria')) {
    notes.issues.push(misplacedObjective(set, key, progress))
    return []
  }
  const issuesBefore = notes.issues.length
  const fields = fieldsOf(set, sloMappings[key], notes)
  const criteria = fields.get('criteria')
  const [bare] = (criteria?.kind === 'scalar' && bareCriteria(criteria)) || []
  if (criteria !== undefined && bare !== undefined) {
    const fix = `write criteria: [${JSON.stringify(bare)}]`
    notes.issues.push({ ...wrongType(criteria, 'criteria', 'a list'), fix })
    return []
  }
  const texts = itemsOf(criteria, 'criteria', notes).filter((text) => !isNull(text))
  if (texts.length === 0 && notes.issues.length === issuesBefore) {
    notes.issues.push({ code: 'criteria_empty', message: `an entry of ${key} has no criteria`, at: set.at })
  }
  return texts.flatMap((text) => criterionOf(text, progress))
}

/** An objective that is indented like the entries of the previous one. */
function misplacedObjective(set: YamlMap, key: string, { placeOf, objectiveColumn }: Progress): Note {
  const sli = set.entries.find(({ key: name }) => name.kind === 'scalar' && name.text === 'sli')?.value
  const name = sli?.kind === 'scalar' ? sli.text : ''
  const shown = `- sli: ${name}`
  const message = `the objective "${shown}" is indented as an entry of ${key} of the previous objective`
  // The item comes after the dash and a space.
  const indent = objectiveColumn - 3
  const isIndented = indent >= 0 && placeOf(set.at).column > objectiveColumn
  const fix = isIndented
    ? `indent it by ${indent} spaces, like the previous objective: ${shown}`
    : `move it to objectives`
  return { code: 'criteria_empty', message, at: set.at, fix }
}

function criterionOf(text: YamlValue, progress: Progress): readonly Criterion[] {
  progress.criteriaCount += 1
  if (progress.criteriaCount > progress.limits.criteriaMax) return []
  const scalar = scalarOf(text, 'a criterion', 'a string', progress.notes)
  if (scalar === undefined) return []
  const criterion = parseCriterion(scalar.text)
  if (!('error' in criterion)) return [criterion]
  progress.notes.issues.push({ code: 'criterion_invalid', message: criterion.message, at: text.at })
  return []
}

/** 1 if it is absent or 0, as in Keptn. */
function weightOf(field: YamlValue | undefined, notes: Notes): number {
  if (field === undefined) return 1
  const scalar = scalarOf(field, 'weight', 'a whole number', notes)
  if (scalar === undefined) return 1
  const weight = numberOfScalar(scalar)
  if (weight === undefined || !Number.isInteger(weight) || weight < 0 || weight >= weightLimit) {
    const message = `weight must be a whole number of at least 1, without quotes, not ${JSON.stringify(scalar.text)}`
    notes.issues.push({ code: 'weight_invalid', message, at: field.at })
    return 1
  }
  if (weight > 0) return weight
  notes.findings.push({
    code: 'weight_zero',
    message: 'weight 0 counts as 1, as in Keptn; omit pass to exclude the objective from the score',
    at: field.at,
  })
  return 1
}
