import { fieldsOf, notesOn, scalarOf, uniqueEntries, type Notes } from './fields.ts'
import { otherKindOf } from './file-kind.ts'
import { sliMappings } from './known-keys.ts'
import { isNull, type YamlValue } from './yaml-tree.ts'
import { defaultTextLimits, issueAt, readYaml, YamlError, type TextLimits, type YamlText } from './yaml.ts'

/** A text, read as an SLI file as far as possible. */
export interface SliReading {
  readonly placeOf: YamlText['placeOf']
  /** If these include issues, `queries` may be incomplete. */
  readonly notes: Notes
  readonly queries: ReadonlyMap<string, QueryAt>
}

/** A query as written, with the offset of its indicator's name. */
interface QueryAt {
  readonly query: string
  readonly at: number
}

/** Enough for 8,000 indicators, far more than one SLO has objectives. */
export const sliTextLimits: TextLimits = { ...defaultTextLimits, lexemesMax: 40_000 }

/** Reads the first YAML document of a text as an SLI file. Throws YamlError if the text has no document. */
export function readSli(text: string): SliReading {
  const { root, placeOf } = readYaml(text, sliTextLimits)
  if (root === undefined || isNull(root)) {
    throw new YamlError([{ code: 'empty', message: 'the text does not contain any SLIs', ...placeOf(root?.at ?? 0) }])
  }
  const other = otherKindOf(root, 'sli')
  if (other !== undefined) throw new YamlError([issueAt(other, placeOf)])
  const notes = notesOn(Object.values(sliMappings))
  const field = fieldsOf(root, sliMappings.sli, notes).get('indicators')
  if (field === undefined && root.kind === 'map') {
    const message = 'indicators is missing: it maps the name of each indicator to its query'
    notes.issues.push({ code: 'indicators_missing', message, at: root.at })
  }
  return { placeOf, notes, queries: field === undefined ? new Map() : queriesOf(field, notes) }
}

function queriesOf(field: YamlValue, notes: Notes): SliReading['queries'] {
  const queries = new Map<string, QueryAt>()
  if (field.kind !== 'map') {
    const message = 'indicators must be a mapping from the name of each indicator to its query'
    notes.issues.push({ code: 'wrong_type', message, at: field.at })
    return queries
  }
  if (field.entries.length === 0) {
    notes.findings.push({ code: 'no_indicators', message: 'indicators is empty', at: field.at })
  }
  for (const { key, value, text } of uniqueEntries(field, notes)) {
    const query = queryOf(value, text, notes)
    if (query !== undefined) queries.set(text, { query, at: key.at })
  }
  return queries
}

/** An empty query fails only its own indicator, as in Keptn; it still overrides the query of a wider level. */
function queryOf(value: YamlValue, indicator: string, notes: Notes): string | undefined {
  const what = `the query of ${JSON.stringify(indicator)}`
  const scalar = isNull(value) ? undefined : scalarOf(value, what, 'a string', notes)
  if (value.kind !== 'scalar' || (scalar === undefined && !isNull(value))) return undefined
  if (scalar !== undefined && scalar.text.trim() !== '') return scalar.text
  const message = `${what} is empty, so this indicator cannot be measured`
  notes.findings.push({ code: 'query_empty', message, at: value.at, fix: 'write a query, or remove the indicator' })
  return ''
}
