import { unknownKey, type KnownMapping } from './known-keys.ts'
import { nearestWord } from './near-miss.ts'
import { booleanOf, typeOf } from './scalar.ts'
import { isNull, type TreeIssue, type YamlEntry, type YamlMap, type YamlScalar, type YamlValue } from './yaml-tree.ts'

/** Something noticed at an offset of the text. */
export type Note = TreeIssue

/** What was noticed while reading a file: issues make it invalid, findings do not, and a policy decides about `misspelt`. */
export interface Notes {
  readonly issues: Note[]
  readonly findings: Note[]
  readonly misspelt: Note[]
  /** The mappings that the file may contain. */
  readonly mappings: readonly KnownMapping[]
}

export function notesOn(mappings: readonly KnownMapping[]): Notes {
  return { issues: [], findings: [], misspelt: [], mappings }
}

/** A mapping's values by key; null values count as absent. */
export type Fields = ReadonlyMap<string, YamlValue>

/**
 * The fields of a mapping; empty, with an issue, if the value is not a mapping. Unknown keys are misspelt keys or findings,
 * unless they begin with `x-`.
 */
export function fieldsOf(value: YamlValue, mapping: KnownMapping, notes: Notes): Fields {
  const fields = new Map<string, YamlValue>()
  if (value.kind !== 'map') {
    notes.issues.push(wrongType(value, mapping.what, 'a mapping', mapping.isRoot === true))
    return fields
  }
  const entries = uniqueEntries(value, notes)
  const present = new Set(entries.map(({ text }) => text))
  for (const { key, value: field, text } of entries) {
    if (mapping.keys.includes(text)) {
      if (!isNull(field)) fields.set(text, field)
      continue
    }
    const unknown = unknownKey(text, mapping, notes.mappings, present)
    if (unknown === undefined) continue
    const { kind, ...note } = unknown
    if (kind === 'misspelt') notes.misspelt.push({ code: 'misspelt_key', at: key.at, ...note })
    else notes.findings.push({ code: 'unknown_key', at: key.at, ...note })
  }
  return fields
}

/** The fix for an unknown word, if it resembles one of the `known` words. */
export function insteadOf(written: string, known: readonly string[]): Pick<Note, 'fix'> {
  const meant = nearestWord(written, known)
  return meant === undefined ? {} : { fix: `write ${meant}` }
}

/** A mapping's entries with their keys as text; a repeated key is an issue, unless `<<` merged it in. */
export function uniqueEntries(map: YamlMap, notes: Notes): readonly (YamlEntry & { readonly text: string })[] {
  const seen = new Set<string>()
  return map.entries.flatMap((entry) => {
    if (entry.key.kind !== 'scalar') {
      notes.issues.push(wrongType(entry.key, 'a key', 'a string'))
      return []
    }
    const { text } = entry.key
    if (seen.has(text)) {
      const message = `the key ${JSON.stringify(text)} appears twice in this mapping`
      notes.issues.push({ code: 'duplicate_key', message, at: entry.key.at })
      return []
    }
    seen.add(text)
    return [{ ...entry, text }]
  })
}

/** A scalar as it is written, whatever its type; `''` if absent or, with an issue, if it is not a scalar. */
export function textOf(value: YamlValue | undefined, what: string, notes: Notes): string {
  if (value === undefined || isNull(value)) return ''
  const scalar = scalarOf(value, what, 'a string', notes)
  return scalar?.text ?? ''
}

/** A list's items; empty if absent or, with an issue, if it is not a list. */
export function itemsOf(value: YamlValue | undefined, what: string, notes: Notes): readonly YamlValue[] {
  if (value === undefined) return []
  if (value.kind === 'list') return value.items
  notes.issues.push(wrongType(value, what, 'a list'))
  return []
}

/** A boolean; false if absent or, with an issue, if it is not a boolean. */
export function flagOf(value: YamlValue | undefined, what: string, notes: Notes): boolean {
  if (value === undefined) return false
  const flag = value.kind === 'scalar' ? booleanOf(value) : undefined
  if (flag === undefined) notes.issues.push(wrongType(value, what, 'true or false'))
  return flag ?? false
}

/** A scalar whose text matches its tag; otherwise undefined, with an issue. */
export function scalarOf(value: YamlValue, what: string, expected: string, notes: Notes): YamlScalar | undefined {
  if (value.kind === 'scalar' && typeOf(value) !== null) return value
  notes.issues.push(wrongType(value, what, expected))
  return undefined
}

/** `isSecret`: do not quote the value, which may be anything, such as a password in the wrong file. */
export function wrongType(value: YamlValue, what: string, expected: string, isSecret = false): TreeIssue {
  const text = value.kind === 'scalar' && (isSecret ? 'a string' : JSON.stringify(value.text))
  const found = text || (value.kind === 'list' ? 'a list' : 'a mapping')
  return { code: 'wrong_type', message: `${what} must be ${expected}, not ${shortened(found)}`, at: value.at }
}

const shownMax = 60

function shortened(text: string): string {
  return text.length <= shownMax ? text : `${text.slice(0, shownMax)}…`
}
