import { request } from 'undici'
import { connectionFailure } from '../../net/connection-failure.ts'
import { webhookHeaders } from './signing-keys.ts'
import type { Sink } from '../outgoing-event.ts'
import type { Refusal, Send } from './delivery-loop.ts'
import { EgressError, type Egress } from '../../net/egress.ts'

/** A sink that is reached over HTTP. */
export interface Webhook extends Sink {
  /** What its messages are signed with, which may be nothing; undefined: with what is not at hand. */
  readonly keys: readonly string[] | undefined
}

/** A message whose id and bytes stay the same however often it is sent. */
interface Message {
  readonly id: string
  /** A CloudEvent in structured JSON. */
  readonly body: string
  /** What the signature says of when it was sent: receivers refuse what is old, or of the future. */
  readonly sentAt: Date
}

/** One try: undefined when the webhook has the message, else why not. Never rejects. */
export type Post = (message: Message, to: Webhook, limits: Parameters<Send<Webhook>>[2]) => Promise<Refusal | undefined>

/** Sends over HTTP, and gives up in time whatever it waits for. A redirect is a failure: nothing is sent where nobody configured it. */
export function createPost(egress: Egress): Post {
  return async ({ id, body, sentAt }, { url, origin, keys }, { timeoutMs, stopping }) => {
    if (keys === undefined)
      return later('cannot be signed: PHAROS_SECRET_KEY is not the one that its key was derived from')
    // The address of a subscription is not the operator's.
    const isGuarded = origin === 'api'
    const refusal = isGuarded ? egress.addressRefusal(url) : undefined
    if (refusal !== undefined) return later(refusal)
    const signal = AbortSignal.any([stopping, AbortSignal.timeout(timeoutMs)])
    const headers = {
      'content-type': 'application/cloudevents+json; charset=utf-8',
      'user-agent': 'pharos',
      ...webhookHeaders(keys, { id, body, sentAt }),
    }
    const dispatcher = isGuarded ? egress.guarded : egress.open
    try {
      const reply = await unless(signal, request(url, { method: 'POST', headers, body, signal, dispatcher }))
      // Its status is the answer; what else it says is nothing to us, and may be long or never end.
      const atOnce = AbortSignal.any([signal, AbortSignal.timeout(replyMs)])
      await reply.body.dump({ limit: replyBytesMax, signal: atOnce }).catch(() => undefined)
      return refusalOf(reply.statusCode, reply.headers['retry-after'], new Date())
    } catch (error) {
      if (stopping.aborted) return later('the service stopped')
      if (error instanceof EgressError) return later(error.message)
      if (error instanceof Error && error.name === 'TimeoutError') return later(`no answer within ${timeoutMs} ms`)
      return later(unreached(error))
    }
  }
}

/** Without the error's own message, which may name addresses that are not for everybody. */
function unreached(error: unknown): string {
  if (!(error instanceof Error)) return 'cannot be reached'
  if (error.name === 'HTTPParserError') return 'cannot be reached: what answers there is no HTTP'
  const failure = connectionFailure(error)
  return `cannot be reached: ${failure?.words ?? failure?.code ?? error.name}`
}

/**
 * What the work comes to, or a rejection when the signal aborts before: a request that waits for its connection does not hear of it.
 * It is not sent any more when the connection comes after all.
 */
async function unless<Result>(signal: AbortSignal, work: Promise<Result>): Promise<Result> {
  const aborted = Promise.withResolvers<never>()
  const abort = (): void => aborted.reject(signal.reason)
  signal.addEventListener('abort', abort)
  if (signal.aborted) abort()
  try {
    return await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** Beyond these the connection is closed. */
const replyBytesMax = 64 * 1024
const replyMs = 1_000

function later(message: string): Refusal {
  return { kind: 'later', message }
}

/** What of 4xx may be otherwise the next time. */
const passing: readonly number[] = [408, 425, 429]

/** A sink that asks for more is asked again all the same. */
const pauseMaxMs = 3_600_000

/** What a status means for the event: undefined when it was taken. `retryAfter`: seconds, or a date. */
export function refusalOf(
  status: number,
  retryAfter: string | readonly string[] | undefined,
  now: Date,
): Refusal | undefined {
  if (status >= 200 && status < 300) return undefined
  const message = `answered ${status}`
  if (status === 410) return { kind: 'gone', message }
  if (status >= 400 && status < 500 && !passing.includes(status)) return { kind: 'never', message }
  const pauseMs = typeof retryAfter === 'string' ? pauseOf(retryAfter, now) : undefined
  return pauseMs === undefined ? later(message) : { ...later(message), pauseMs }
}

/** As RFC 9110 has it; what `Date.parse` takes for a date beyond that may be anything. */
const httpDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/

function pauseOf(retryAfter: string, now: Date): number | undefined {
  const ms = /^\d+$/.test(retryAfter)
    ? Number(retryAfter) * 1_000
    : httpDate.test(retryAfter)
      ? Date.parse(retryAfter) - now.getTime()
      : 0
  return ms > 0 ? Math.min(ms, pauseMaxMs) : undefined
}
