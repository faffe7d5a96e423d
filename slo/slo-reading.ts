import { comparisonOf, type Comparison } from './comparison.ts'
import { fieldsOf, notesOn, scalarOf, textOf, uniqueEntries, wrongType, type Notes } from './fields.ts'
import { otherKindOf } from './file-kind.ts'
import { gateKey, sloMappings } from './known-keys.ts'
import { objectivesOf, type Objective, type ObjectiveLimits } from './objectives.ts'
import { totalScoreOf, type TotalScore } from './total-score.ts'
import { isNull, type YamlValue } from './yaml-tree.ts'
import { issueAt, readYaml, YamlError, type TextLimits, type YamlText } from './yaml.ts'

/** The content of an `slo.yaml`. */
export interface SloContent {
  /** As written, `''` if absent; any string is accepted. */
  readonly specVersion: string
  /** In file order. */
  readonly filter: readonly (readonly [key: string, value: string])[]
  readonly comparison: Comparison
  /** In file order. */
  readonly objectives: readonly Objective[]
  readonly totalScore: TotalScore
  /** `x-gate: none`: the author intends to gate nothing. */
  readonly gate?: 'none'
}

/** A text, read as an SLO as far as possible. */
export interface SloReading {
  readonly root: YamlValue
  readonly placeOf: YamlText['placeOf']
  /** If these include issues, `content` is not an SLO. */
  readonly notes: Notes
  readonly content: SloContent
}

type Limits = TextLimits & ObjectiveLimits

/** The last reading, kept until it is requested again: a text is linted right after it is read, and reading is most of the work. */
let last: { readonly text: string; readonly limits: Limits; readonly reading: SloReading } | undefined

/** Reads the first YAML document of a text as an SLO. Throws YamlError if the text has no document. The reading must not be changed. */
export function readSlo(text: string, limits: Limits): SloReading {
  const known = last?.limits === limits && last.text === text ? last.reading : undefined
  // Otherwise both readings would be in memory at once.
  last = undefined
  if (known !== undefined) return known
  const reading = readFresh(text, limits)
  last = { text, limits, reading }
  return reading
}

function readFresh(text: string, limits: Limits): SloReading {
  const { root, placeOf } = readYaml(text, limits)
  if (root === undefined || isNull(root)) {
    throw new YamlError([{ code: 'empty', message: 'the text does not contain an SLO', ...placeOf(root?.at ?? 0) }])
  }
  const other = otherKindOf(root, 'slo')
  if (other !== undefined) throw new YamlError([issueAt(other, placeOf)])
  const notes = notesOn(Object.values(sloMappings))
  const fields = fieldsOf(root, sloMappings.slo, notes)
  const content = {
    specVersion: textOf(fields.get('spec_version'), 'spec_version', notes),
    filter: filterOf(fields.get('filter'), notes),
    comparison: comparisonOf(fields.get('comparison'), notes),
    objectives: objectivesOf(fields.get('objectives'), limits, notes, placeOf),
    ...gateOf(fields.get(gateKey), notes),
    totalScore:
      root.kind === 'map' ? totalScoreOf(fields.get('total_score'), root.at, notes) : { pass: 0, warning: null },
  }
  if (content.objectives.length === 0 && notes.issues.length === 0) {
    const message = 'there are no objectives, so no evaluation can pass'
    notes.findings.push({ code: 'no_objectives', message, at: root.at })
  }
  return { root, placeOf, notes, content }
}

function gateOf(field: YamlValue | undefined, notes: Notes): Pick<SloContent, 'gate'> {
  const written = textOf(field, gateKey, notes)
  if (field === undefined || field.kind !== 'scalar') return {}
  if (written === 'none') return { gate: 'none' }
  const message = `${gateKey} must be none, not ${JSON.stringify(written)}`
  notes.issues.push({ code: 'unknown_word', message, at: field.at, fix: 'write none, or remove it' })
  return {}
}

/** Keys and values as written, whatever their YAML type; a null key is dropped, as in Keptn. */
function filterOf(field: YamlValue | undefined, notes: Notes): SloContent['filter'] {
  if (field === undefined) return []
  if (field.kind !== 'map') {
    notes.issues.push(wrongType(field, 'filter', 'a mapping of strings'))
    return []
  }
  return uniqueEntries(field, notes)
    .filter(({ key }) => !isNull(key))
    .map(({ text, value }) => {
      const isText = isNull(value) || scalarOf(value, `filter ${JSON.stringify(text)}`, 'a string', notes) !== undefined
      return [text, isText && !isNull(value) && value.kind === 'scalar' ? value.text : ''] as const
    })
}
