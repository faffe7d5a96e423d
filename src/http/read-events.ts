import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { z } from 'zod'
import { PharosError } from '../base/errors.ts'
import { readBinary, toEvent, type IncomingEvent } from '../intake/cloudevent.ts'
import { readHeaderValue, textOfBytes } from '../intake/header-value.ts'
import type { Trust } from '../evaluation/evaluation.ts'
import { parseJson } from '../base/json.ts'
import type { TrustOf } from '../intake/signature.ts'

/** The modes of CloudEvents' HTTP binding. */
type Mode = 'structured' | 'binary' | 'batch'

export interface TrustedEvent {
  readonly event: IncomingEvent
  readonly trust: Trust
}

interface EventRequest {
  readonly mode: Mode
  readonly contentType: string
  /** Each as often as it was sent. */
  readonly headers: IncomingMessage['headersDistinct']
  readonly bytes: Uint8Array
}

/** Throws PharosError `unsupported_media_type`. */
export function modeOf(headers: IncomingHttpHeaders): Mode {
  const contentType = headers['content-type'] ?? ''
  const mediaType = contentType.split(';')[0]?.trim().toLowerCase() ?? ''
  if (mediaType === 'application/cloudevents-batch+json') return 'batch'
  if (mediaType === 'application/cloudevents+json') return 'structured'
  const isBinary = headers['ce-specversion'] !== undefined
  if (isBinary && /^application\/(?:[\w.-]+\+)?json$/.test(mediaType)) return 'binary'
  if (mediaType === 'application/json') return 'structured'
  const expected = isBinary ? 'application/json" with the data as body' : 'application/cloudevents+json"'
  throw new PharosError(
    'unsupported_media_type',
    `Content-Type ${JSON.stringify(contentType)} is not supported: send "Content-Type: ${expected}`,
  )
}

/** The event of a request that is not a batch. Throws PharosError, first what `trustOf` throws. */
export function readOne({ mode, contentType, headers, bytes }: EventRequest, trustOf: TrustOf): TrustedEvent {
  if (mode !== 'binary')
    return readMember(
      readSigned(() => parseJson(bytes), trustOf),
      trustOf,
    )
  const texts = inText(headers)
  const trust = trustOf(sourceInHeaders(texts), false)
  return { event: readBinary(texts, contentType, bytes), trust }
}

/** An event in JSON: until its source is trusted, no other member is looked at. */
export function readMember(members: unknown, trustOf: TrustOf): TrustedEvent {
  const { data } = z.object({ source: z.string() }).safeParse(members)
  const trust = trustOf(data?.source, true)
  return { event: toEvent(members), trust }
}

/** Mistakes in a body are only reported if it is signed, or need not be. */
export function readSigned<Value>(read: () => Value, trustOf: TrustOf): Value {
  try {
    return read()
  } catch (error) {
    trustOf(undefined, true)
    throw error
  }
}

function inText(headers: EventRequest['headers']): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(Object.entries(headers).map(([name, values = []]) => [name, values.map(textOfBytes)]))
}

/** Undefined unless it is there once. */
function sourceInHeaders({
  'ce-source': values = [],
}: Readonly<Record<string, readonly string[]>>): string | undefined {
  const [only, ...others] = values
  return only === undefined || others.length > 0 ? undefined : readHeaderValue(only).text
}
