import { isMap, isScalar, isSeq, type Document, type Node } from 'yaml'
import type { z } from 'zod'

/** How many mistakes of one text are listed, beside those of its syntax. */
export const mistakesMax = 200

export type Path = readonly PropertyKey[]

/** A mistake with its offset in the text. */
export interface PlacedMistake {
  readonly code: string
  readonly message: string
  readonly at: number
}

/** What a schema says of a value, with the places that the document has for it. */
export function placed(issue: z.core.$ZodIssue, unchecked: unknown, document: Document): readonly PlacedMistake[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.slice(0, mistakesMax).map((key) => {
      const path = [...issue.path, key]
      return { code: 'unknown_key', message: `${shownPath(path)} ${issue.message}`, at: placeOf(path, 'key', document) }
    })
  }
  const name = shownPath(issue.path) || 'the file'
  if (issue.code === 'invalid_key') {
    const message = `${name}: ${issue.issues.map((nested) => nested.message).join(', ')}`
    return [{ code: 'invalid_name', message, at: placeOf(issue.path, 'key', document) }]
  }
  if (issue.code === 'invalid_type' && !has(unchecked, issue.path)) {
    return [{ code: 'missing', message: `${name} is missing`, at: placeOf(issue.path, 'value', document) }]
  }
  const isSentence = issue.code === 'custom' && issue.params?.['isSentence'] === true
  const message = `${name}${isSentence ? ':' : ''} ${issue.message}`
  return [{ code: 'invalid_value', message, at: placeOf(issue.path, 'value', document) }]
}

/** A key may have as many characters as the file. */
const pathCharactersMax = 200

function shownPath(path: Path): string {
  const shown = path.join('.')
  return shown.length <= pathCharactersMax ? shown : `${shown.slice(0, pathCharactersMax)}…`
}

function has(unchecked: unknown, path: Path): boolean {
  let value = unchecked
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return false
    value = Reflect.get(value, key)
  }
  return true
}

/** The offset of the key or the value at a path or, where it has none, of what should hold it. */
function placeOf(path: Path, part: 'key' | 'value', document: Document): number {
  let node: Node | null | undefined = document.contents
  let at = node?.range?.[0] ?? 0
  for (const key of path) {
    const entry = entryOf(node, key)
    if (entry === undefined) return at
    const isKeyWanted = part === 'key' && key === path.at(-1)
    at = (isKeyWanted ? entry.key : (entry.value ?? entry.key))?.range?.[0] ?? at
    node = entry.value
  }
  return at
}

function entryOf(
  node: Node | null | undefined,
  key: PropertyKey,
): { key: Node | null; value: Node | null } | undefined {
  if (isSeq<Node>(node)) {
    const value = node.items[Number(key)]
    return value && { key: null, value }
  }
  if (!isMap<Node, Node>(node)) return undefined
  return node.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(key))
}
