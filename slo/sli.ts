import { fieldsOf, scalarOf, uniqueEntries, type Notes } from './fields.ts'
import { isNull, type TreeIssue, type YamlValue } from './yaml-tree.ts'
import { readYaml, YamlError, type Issue, type Place, type YamlText } from './yaml.ts'

/** What one provider is asked for, by indicator, as one `sli.yaml` says it or several overlaid ones do. */
export interface Sli {
  readonly indicators: ReadonlyMap<string, SliIndicator>
  /** What has no effect; the file is valid nevertheless. */
  readonly findings: readonly Issue[]
}

interface SliIndicator {
  /** As written, placeholders included; only the provider understands it. Never blank. */
  readonly query: string
  /** Where it stands in its file, from 1. */
  readonly line: number
}

/** A text that is no SLI file: every problem at once, in the order of the file. */
export class SliError extends Error {
  readonly issues: readonly Issue[]

  constructor(issues: readonly Issue[]) {
    super(issues.map(({ line, column, message }) => `${line}:${column}: ${message}`).join('\n'))
    this.name = 'SliError'
    this.issues = issues
  }
}

const keys = ['spec_version', 'indicators']

/**
 * Reads the first YAML document of a text as indicators with their queries. A query that is no text is taken as it is written
 * (`1.10` stays `1.10`). Throws SliError with every problem and its place, and nothing else, whatever the text.
 */
export function parseSli(text: string): Sli {
  const { root, placeOf } = yamlOf(text)
  if (root === undefined || isNull(root)) {
    throw new SliError([{ code: 'empty', message: 'the text holds no SLI', ...placeOf(root?.at ?? 0) }])
  }
  const notes: Notes = { issues: [], findings: [] }
  const field = fieldsOf(root, 'an SLI file', keys, notes).get('indicators')
  if (field === undefined && root.kind === 'map') {
    const message = 'indicators is missing: it maps the name of each indicator to its query'
    notes.issues.push({ code: 'indicators_missing', message, at: root.at })
  }
  const indicators = field === undefined ? new Map() : indicatorsOf(field, placeOf, notes)
  if (notes.issues.length > 0) throw new SliError(placed(notes.issues, placeOf))
  return { indicators, findings: placed(notes.findings, placeOf) }
}

/**
 * Lays levels over each other, the widest first: project, stage, service. For each indicator the last level that has it
 * wins; a level can add and replace indicators, not remove any. `line` stays that of the level's own file.
 * Source: keptn-contrib/prometheus-service, eventhandling/get_sli_event_handler.go.
 */
export function overlaySli(levels: readonly Sli[]): Sli {
  return {
    indicators: new Map(levels.flatMap(({ indicators }) => [...indicators])),
    findings: levels.flatMap(({ findings }) => findings),
  }
}

function yamlOf(text: string): YamlText {
  try {
    return readYaml(text)
  } catch (error) {
    if (error instanceof YamlError) throw new SliError(error.issues)
    throw error
  }
}

function indicatorsOf(field: YamlValue, placeOf: (at: number) => Place, notes: Notes): Sli['indicators'] {
  const indicators = new Map<string, SliIndicator>()
  if (field.kind !== 'map') {
    const message = 'indicators must be a mapping from the name of each indicator to its query'
    notes.issues.push({ code: 'wrong_type', message, at: field.at })
    return indicators
  }
  if (field.entries.length === 0) {
    notes.findings.push({ code: 'no_indicators', message: 'indicators is empty', at: field.at })
  }
  for (const { key, value, text } of uniqueEntries(field, notes)) {
    const query = queryOf(value, text, notes)
    if (query !== undefined) indicators.set(text, { query, line: placeOf(key.at).line })
  }
  return indicators
}

/** An empty query is refused: it would hide the one of a wider level behind nothing. */
function queryOf(value: YamlValue, indicator: string, notes: Notes): string | undefined {
  const what = `the query of ${JSON.stringify(indicator)}`
  const scalar = isNull(value) ? undefined : scalarOf(value, what, 'a text', notes)
  if (scalar !== undefined && scalar.text.trim() !== '') return scalar.text
  if (value.kind === 'scalar') notes.issues.push({ code: 'query_empty', message: `${what} is empty`, at: value.at })
  return undefined
}

function placed(issues: readonly TreeIssue[], placeOf: (at: number) => Place): readonly Issue[] {
  const inOrder = issues.toSorted((one, other) => one.at - other.at)
  return inOrder.map(({ code, message, at }) => ({ code, message, ...placeOf(at) }))
}
