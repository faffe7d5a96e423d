import { Client } from 'pg'

/** NUL, and halves of surrogate pairs: PostgreSQL stores neither, in no type. */
const unstorable = /\0|\p{Cs}/gu

/** The replacement character, as for bytes that cannot be decoded. */
const replacement = '\uFFFD'

/** A text with every character that PostgreSQL cannot store replaced by U+FFFD. */
function storableText(text: string): string {
  return text.isWellFormed() && !text.includes('\0') ? text : text.replaceAll(unstorable, replacement)
}

/**
 * The same value with every text in it made storable, including field names; the value itself if nothing has to change. Texts of
 * providers, reports and senders are stored and announced in this form, so that a row and its event agree.
 */
export function storable<Value>(value: Value): Value
export function storable(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value)
  if (value === null || typeof value !== 'object' || value instanceof Date) return value
  if (Array.isArray(value)) return storableList(value)
  return storableFields(value)
}

// Nearly always nothing has to change, so that is found out first, without a copy.
function storableList(list: readonly unknown[]): readonly unknown[] {
  return list.every((item) => storable(item) === item) ? list : list.map((item) => storable(item))
}

function storableFields(fields: object): object {
  const entries = Object.entries(fields)
  const isSame = entries.every(([name, value]) => storableText(name) === name && storable(value) === value)
  return isSame ? fields : Object.fromEntries(entries.map(([name, value]) => [storableText(name), storable(value)]))
}

/** How JSON writes NUL and halves of surrogate pairs; a text may contain the same characters for other reasons. */
const unstorableEscape = /\\u(?:0000|d[89a-f])/

/** A value as a `jsonb` parameter. */
export function json(value: unknown): string {
  const text = JSON.stringify(value)
  return unstorableEscape.test(text) ? JSON.stringify(storable(value)) : text
}

/** A connection that no text can make a statement fail on: parameters are made storable as they leave. */
export class StoringClient extends Client {
  // The types of pg know `query` by eight signatures; what it answers stays what it was for each.
  override query(...[statement, values, ...others]: unknown[]) {
    const given = Array.isArray(values) ? values.map(storableParameter) : values
    return Reflect.apply(super.query.bind(this), this, [statement, given, ...others])
  }
}

function storableParameter(parameter: unknown): unknown {
  if (typeof parameter === 'string') return storableText(parameter)
  return Array.isArray(parameter) ? parameter.map(storableParameter) : parameter
}
