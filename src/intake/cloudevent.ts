import { CloudEvent, ValidationError } from 'cloudevents'
import { PharosError, type Mistake } from '../base/errors.ts'
import { charactersIn, storable, unstorable } from '../base/labels.ts'
import { parseTimestamp, timestampPattern } from '../base/window.ts'
import { toPointer } from '../base/mistakes.ts'
import { parseJson } from '../base/json.ts'
import { readHeaderValue } from './header-value.ts'

/** An event that came in, its envelope checked; nothing is known of its data but that it was JSON. */
export interface IncomingEvent {
  readonly id: string
  readonly source: string
  readonly type: string
  readonly time: Date | undefined
  /** Texts, numbers and truth values under the names of attributes, `id`, `source` and `type` among them. */
  readonly attributes: Readonly<Record<string, string | number | boolean>>
  /** Undefined without any. */
  readonly data: unknown
}

/** Documented in docs/events.md. */
export const attributesMax = 64
export const nameCharactersMax = 64
export const valueCharactersMax = 1024

/** The two of them are a key of the database. */
export const keyCharactersMax = 256

const required = ['specversion', 'id', 'source', 'type'] as const
const keys: readonly string[] = ['id', 'source', 'type']

/** An event in structured mode, as HTTP and NATS carry it. Throws PharosError `unreadable_body` or `invalid_event`. */
export function readStructured(body: Uint8Array): IncomingEvent {
  return toEvent(parseJson(body))
}

/** Documented in docs/events.md. */
export const batchMax = 100

/**
 * The members of a batch, none of them looked at. Throws PharosError `unreadable_body` or `invalid_event`, when this is no list
 * or too long a one.
 */
export function readBatch(body: Uint8Array): readonly unknown[] {
  const batch = parseJson(body)
  if (!Array.isArray(batch)) throw new PharosError('invalid_event', 'a batch is a JSON list of events')
  if (batch.length > batchMax) {
    const message = `the batch holds ${batch.length} events: at most ${batchMax} were expected`
    throw new PharosError('invalid_event', message)
  }
  return batch
}

/**
 * An event in binary mode: attributes are headers named `ce-…`, and the body is its data. A header that cannot be read is taken as it
 * is, unless the attribute is required. Throws PharosError `unreadable_body` or `invalid_event`.
 */
export function readBinary(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  contentType: string,
  body: Uint8Array,
): IncomingEvent {
  const attributes = readAttributes(headers)
  const data = body.length === 0 ? {} : { data: parseJson(body) }
  return toEvent({ ...attributes, datacontenttype: contentType, ...data }, withEscapes)
}

/** The attributes that headers carry. Throws PharosError `invalid_event`. */
function readAttributes(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): Readonly<Record<string, string>> {
  const mistakes: Mistake[] = []
  const attributes: (readonly [string, string])[] = []
  for (const [header, value] of Object.entries(headers)) {
    if (!header.startsWith('ce-') || value === undefined) continue
    const name = header.slice('ce-'.length)
    const values = [value].flat()
    const { text, isReadable } = readHeaderValue(values.join(','))
    const mistake = headerMistake(header, values.length, isReadable || !isRequired(name))
    if (mistake === undefined) attributes.push([name, text])
    else mistakes.push({ code: 'invalid_value', pointer: toPointer([name]), message: mistake })
  }
  refuse(mistakes)
  return Object.fromEntries(attributes)
}

/** A sentence, when this header cannot be an attribute; `times` is how often it is there. */
function headerMistake(header: string, times: number, isAcceptable: boolean): string | undefined {
  if (times > 1) return `the header ${header} appears ${times} times`
  if (!isAcceptable) return `the header ${header} is percent-coded, but not in UTF-8`
  return /^ce-data(_base64)?$/.test(header) ? `the header ${header} is no attribute: data is the body` : undefined
}

function isRequired(name: string): boolean {
  return required.some((one) => one === name)
}

/**
 * The one strict place around the library, which fills in what is missing, takes any version and any value.
 * Members that are null count as absent, as the JSON format of CloudEvents has it, and so do empty attributes that need not be there.
 * `uriOf` answers what of a URI is checked. Throws PharosError `invalid_event`.
 */
export function toEvent(members: unknown, uriOf = (text: string): string => text): IncomingEvent {
  if (typeof members !== 'object' || members === null || Array.isArray(members)) {
    throw new PharosError('invalid_event', 'an event is a JSON object, with specversion, id, source, type and data')
  }
  const { data, data_base64: coded, ...named } = withoutNulls(members)
  const rest = withoutEmpty(named)
  const attributes: Record<string, string | number | boolean> = {}
  const mistakes = missing(rest)
  for (const [name, value] of Object.entries(rest)) {
    const mistake = attributeMistake(name, value)
    if (mistake !== undefined) mistakes.push({ code: 'invalid_value', pointer: toPointer([name]), message: mistake })
    else if (isAttribute(value)) attributes[name] = value
  }
  if (Object.keys(rest).length > attributesMax) {
    mistakes.push({ code: 'too_many', pointer: '', message: `at most ${attributesMax} attributes` })
  }
  refuse(mistakes)
  const { id, source, type, time } = attributes
  const at = time === undefined ? undefined : parseTimestamp(String(time))
  if (time !== undefined && at === undefined) refuse([timeMistake(String(time))])
  refuse(libraryMistakes(attributes, uriOf))
  return {
    id: String(id),
    source: String(source),
    type: String(type),
    time: at,
    attributes,
    data: dataOf(data, coded),
  }
}

/** What only looks like a time, such as 30 February, no schema can rule out. */
function timeMistake(time: string): Mistake {
  const code = new RegExp(timestampPattern).test(time) ? 'out_of_range' : 'invalid_value'
  return { code, pointer: '/time', message: 'must be a timestamp of RFC 3339, such as 2026-03-01T10:00:00Z' }
}

const invalidEvent = { code: 'invalid_value', pointer: '', message: 'is no CloudEvent' }

function withoutNulls(members: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null))
}

/** Keptn writes `gitcommitid: ""` where it knows none. */
function withoutEmpty(attributes: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const isNeeded = (name: string) => required.some((needed) => needed === name)
  return Object.fromEntries(Object.entries(attributes).filter(([name, value]) => value !== '' || isNeeded(name)))
}

function withoutUndefined<Value>(members: Readonly<Record<string, Value | undefined>>): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(members).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  )
}

function missing(attributes: Readonly<Record<string, unknown>>): Mistake[] {
  return required
    .filter((name) => attributes[name] === undefined)
    .map((name) => ({ code: 'missing', pointer: `/${name}`, message: `${name} is missing` }))
}

/** A sentence, when this is no attribute of CloudEvents or beyond the limits. */
function attributeMistake(name: string, value: unknown): string | undefined {
  if (!/^[a-z0-9]+$/.test(name) || name.length > nameCharactersMax) {
    return `is no name of an attribute: 1 to ${nameCharactersMax} lower-case letters and digits`
  }
  if (name === 'specversion') return value === '1.0' ? undefined : 'must be "1.0": no other version is understood'
  if (keys.includes(name) && typeof value !== 'string') return 'must be a string'
  if (!isAttribute(value)) return 'must be a string, a whole number, true or false'
  if (typeof value !== 'string') return undefined
  const max = keys.includes(name) ? keyCharactersMax : valueCharactersMax
  if (value === '') return 'must not be empty'
  if (charactersIn(value) > max) return `has ${charactersIn(value)} characters, at most ${max} are taken`
  return storable(value) ? undefined : unstorable
}

function isAttribute(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isSafeInteger(value)
}

/** What the library finds beyond that, such as a source that is no URI; of what CloudEvents itself names, since others may be names of its own. */
function libraryMistakes(
  attributes: Readonly<Record<string, string | number | boolean>>,
  uriOf: (text: string) => string,
): readonly Mistake[] {
  const { source, type, id, time, subject, dataschema, datacontenttype } = attributes
  const schema = dataschema === undefined ? undefined : uriOf(String(dataschema))
  const named = withoutUndefined({ id, time, subject, dataschema: schema, datacontenttype })
  try {
    return new CloudEvent({ ...named, source: uriOf(String(source)), type: String(type) }).validate()
      ? []
      : [invalidEvent]
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error
    const found = Array.isArray(error.errors) ? error.errors.filter((one) => typeof one !== 'string') : []
    return found.map(({ instancePath, message = 'is not valid' }) => ({
      // Its form was checked before.
      code: instancePath === '/time' ? 'out_of_range' : 'invalid_value',
      pointer: instancePath,
      message,
    }))
  }
}

/** SDKs send the attributes of binary mode as they are, a lone `%` in a URI too. */
function withEscapes(uri: string): string {
  return uri.replaceAll(/%(?![0-9a-f]{2})/gi, '%25')
}

function dataOf(data: unknown, coded: unknown): unknown {
  if (coded === undefined) return data
  const pointer = '/data_base64'
  if (data !== undefined)
    throw refusalOf([{ code: 'invalid_value', pointer, message: 'must not be there beside data' }])
  if (typeof coded !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(coded)) {
    throw refusalOf([{ code: 'invalid_value', pointer, message: 'must be a string in base64' }])
  }
  return parseJson(Buffer.from(coded, 'base64'))
}

function refuse(mistakes: readonly Mistake[]): void {
  if (mistakes.length > 0) throw refusalOf(mistakes)
}

function refusalOf(mistakes: readonly Mistake[]): PharosError {
  return new PharosError('invalid_event', 'the event is not valid', { mistakes })
}
