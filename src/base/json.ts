import { PharosError } from './errors.ts'

/** Objects and lists within each other; nothing of Keptn's needs a tenth of it. */
const depthMax = 100

/** Members of objects and items of lists, all together: 10,000 pushed indicators are 30,000. */
const valuesMax = 50_000

/** What these bytes of a request or message say, which must be JSON in UTF-8. Throws PharosError `unreadable_body`. */
export function parseJson(bytes: Uint8Array): unknown {
  const text = decode(bytes)
  refuseTooMuch(text)
  try {
    const value: unknown = JSON.parse(text)
    if (mayNamePrototype.test(text)) refusePrototype(value)
    return value
  } catch (cause) {
    if (cause instanceof PharosError) throw cause
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new PharosError('unreadable_body', `the body is not JSON: ${why}`, { cause })
  }
}

/** Any of its letters may be escaped; looked for first, because looking at each name costs more than all the rest. */
const mayNamePrototype = /__proto__|\\u00[567]/i

/** An object with such a member may lose it, or be another one, on its way through anybody's code. */
function refusePrototype(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  if (Object.hasOwn(value, '__proto__')) {
    throw new PharosError('unreadable_body', 'nothing in the JSON may be called __proto__')
  }
  for (const inner of Object.values(value)) refusePrototype(inner)
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new PharosError('unreadable_body', 'the body is not UTF-8', { cause })
  }
}

/** Looked at before parsing: brackets and commas outside of texts. */
function refuseTooMuch(text: string): void {
  let depth = 0
  let values = 0
  let isText = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '"') isText = !isText
    else if (isText && character === '\\') at += 1
    else if (!isText && (character === '[' || character === '{')) {
      depth += 1
      values += 1
    } else if (!isText && (character === ']' || character === '}')) depth -= 1
    else if (!isText && character === ',') values += 1
    if (depth > depthMax) {
      throw new PharosError('unreadable_body', `the JSON is nested more than ${depthMax} levels deep`)
    }
    if (values > valuesMax) {
      throw new PharosError('unreadable_body', `the JSON has more than ${valuesMax} values: at most that many are read`)
    }
  }
}
