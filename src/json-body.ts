import { PharosError } from './errors.ts'

/** Objects and lists within each other; nothing of Keptn's needs a tenth of it. */
const depthMax = 100

/** What these bytes of a request or message say, which must be JSON in UTF-8. Throws PharosError `unreadable_body`. */
export function parseJson(bytes: Uint8Array): unknown {
  const text = decode(bytes)
  if (isTooDeep(text)) {
    throw new PharosError('unreadable_body', `the JSON is nested more than ${depthMax} levels deep`)
  }
  try {
    return mayNamePrototype.test(text) ? JSON.parse(text, refusePrototype) : JSON.parse(text)
  } catch (cause) {
    if (cause instanceof PharosError) throw cause
    throw new PharosError('unreadable_body', `the body is not JSON: ${String(cause)}`, { cause })
  }
}

/** Any of its letters may be escaped; looked for first, because looking at each name costs more than all the rest. */
const mayNamePrototype = /__proto__|\\u00[567]/i

/** An object with such a member may lose it, or be another one, on its way through anybody's code. */
function refusePrototype(name: string, value: unknown): unknown {
  if (name === '__proto__') throw new PharosError('unreadable_body', 'nothing in the JSON may be called __proto__')
  return value
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new PharosError('unreadable_body', 'the body is not UTF-8', { cause })
  }
}

/** Looked at before parsing: brackets outside of texts. */
function isTooDeep(text: string): boolean {
  let depth = 0
  let isText = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '"') isText = !isText
    else if (isText && character === '\\') at += 1
    else if (!isText && (character === '[' || character === '{')) depth += 1
    else if (!isText && (character === ']' || character === '}')) depth -= 1
    if (depth > depthMax) return true
  }
  return false
}
