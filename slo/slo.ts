import { comparisonOf, type Comparison } from './comparison.ts'
import { fieldsOf, scalarOf, textOf, uniqueEntries, wrongType, type Notes } from './fields.ts'
import { objectivesOf, type Objective, type ObjectiveLimits } from './objectives.ts'
import { totalScoreOf, type TotalScore } from './total-score.ts'
import { isNull, type TreeIssue, type YamlValue } from './yaml-tree.ts'
import { defaultTextLimits, issueAt, readYaml, YamlError, type Issue, type Place, type TextLimits } from './yaml.ts'

/** A service's objectives, as its `slo.yaml` says them. Every text in it was checked, every criterion is parsed. */
export interface Slo {
  /** As written, `''` when absent; any text is accepted. */
  readonly specVersion: string
  /** In file order. */
  readonly filter: readonly (readonly [key: string, value: string])[]
  readonly comparison: Comparison
  /** In file order. */
  readonly objectives: readonly Objective[]
  readonly totalScore: TotalScore
  /** What has no effect or another one than it seems; the file is valid nevertheless. */
  readonly findings: readonly Issue[]
}

export type SloLimits = TextLimits & ObjectiveLimits

export const defaultSloLimits: SloLimits = { ...defaultTextLimits, objectivesMax: 10_000, criteriaMax: 100_000 }

/** A text that is no SLO: every problem at once, in the order of the file. */
export class SloError extends Error {
  readonly issues: readonly Issue[]

  constructor(issues: readonly Issue[]) {
    super(issues.map(({ line, column, message }) => `${line}:${column}: ${message}`).join('\n'))
    this.name = 'SloError'
    this.issues = issues
  }
}

const keys = ['spec_version', 'filter', 'comparison', 'objectives', 'total_score']

/**
 * Reads the first YAML document of a text as an SLO. Throws SloError with every problem and its place; where the text is
 * no YAML at all, with the problems of its syntax only. Nothing else is thrown, whatever the text.
 */
export function parseSlo(text: string, limits: SloLimits = defaultSloLimits): Slo {
  const { root, placeOf } = yamlOf(text, limits)
  if (root === undefined || isNull(root)) {
    throw new SloError([{ code: 'empty', message: 'the text holds no SLO', ...placeOf(root?.at ?? 0) }])
  }
  const notes: Notes = { issues: [], findings: [] }
  const fields = fieldsOf(root, 'an SLO', keys, notes)
  const slo = {
    specVersion: textOf(fields.get('spec_version'), 'spec_version', notes),
    filter: filterOf(fields.get('filter'), notes),
    comparison: comparisonOf(fields.get('comparison'), notes),
    objectives: objectivesOf(fields.get('objectives'), limits, notes, (at) => placeOf(at).line),
    totalScore:
      root.kind === 'map' ? totalScoreOf(fields.get('total_score'), root.at, notes) : { pass: 0, warning: null },
  }
  if (notes.issues.length > 0) throw new SloError(placed(notes.issues, placeOf, limits.issuesMax))
  if (slo.objectives.length === 0) {
    notes.findings.push({
      code: 'no_objectives',
      message: 'there are no objectives, so no evaluation can pass',
      at: root.at,
    })
  }
  return { ...slo, findings: placed(notes.findings, placeOf, limits.issuesMax) }
}

function yamlOf(text: string, limits: SloLimits): ReturnType<typeof readYaml> {
  try {
    return readYaml(text, limits)
  } catch (error) {
    if (error instanceof YamlError) throw new SloError(error.issues)
    throw error
  }
}

/** Keys and values as written, whatever their YAML type; Keptn drops a null key. */
function filterOf(field: YamlValue | undefined, notes: Notes): Slo['filter'] {
  if (field === undefined) return []
  if (field.kind !== 'map') {
    notes.issues.push(wrongType(field, 'filter', 'a mapping of texts'))
    return []
  }
  return uniqueEntries(field, notes)
    .filter(({ key }) => !isNull(key))
    .map(({ text, value }) => {
      const isText = isNull(value) || scalarOf(value, `filter ${JSON.stringify(text)}`, 'a text', notes) !== undefined
      return [text, isText && !isNull(value) && value.kind === 'scalar' ? value.text : ''] as const
    })
}

/** In the order of the file, each once (an aliased value is read as often as it is named), and not without end. */
function placed(notes: readonly TreeIssue[], placeOf: (at: number) => Place, max: number): readonly Issue[] {
  const distinct = [...new Map(notes.map((note) => [`${note.at} ${note.code} ${note.message}`, note])).values()]
  const inOrder = distinct.toSorted((one, other) => one.at - other.at)
  const issues = inOrder.slice(0, max).map((note) => issueAt(note, placeOf))
  const left = inOrder.length - issues.length
  const last = issues.at(-1)
  if (left === 0 || last === undefined) return issues
  return [...issues, { code: 'more', message: `and ${left} more`, line: last.line, column: last.column }]
}
