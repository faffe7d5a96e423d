import type { IncomingHttpHeaders } from 'node:http'
import { StringDecoder } from 'node:string_decoder'
import { missing, type MissingAnswer } from '../answer.ts'
import { tooLarge } from './failure.ts'
import type { Caller, Slots } from './slots.ts'

/**
 * The maximum size of a reply with values. One value takes a few hundred bytes, and parsed JSON takes ten to twenty times the
 * size of its text: this limit keeps the process small whatever a server sends.
 */
export const replyBytesMax = 1024 * 1024

/** The maximum size of other replies: enough to quote in a message. */
const spokenBytesMax = 64 * 1024

/** Longer replies are read one at a time: several at once could exhaust the memory. */
const largeBytes = 128 * 1024

/** Undefined if it is too large, since undici enforces no limit through a proxy. `large` limits how many long replies are read at once. */
export async function textOf(body: AsyncIterable<Buffer>, large: Slots, caller: Caller): Promise<string | undefined> {
  const reading = new Reading(body)
  await reading.until(largeBytes)
  if (!reading.hasEnded) await large.run(() => reading.until(replyBytesMax), caller)
  if (reading.hasEnded) return reading.text
  await reading.leave()
  return undefined
}

/** The beginning of a body that is only quoted in messages. */
export async function beginningOf(body: AsyncIterable<Buffer>): Promise<string> {
  const reading = new Reading(body)
  await reading.until(spokenBytesMax)
  if (!reading.hasEnded) await reading.leave()
  return reading.text
}

/** A partially read body, as text; chunks are not kept. */
class Reading {
  readonly #chunks: AsyncIterator<Buffer>
  readonly #decoder = new StringDecoder('utf8')
  #bytes = 0
  text = ''
  hasEnded = false

  constructor(body: AsyncIterable<Buffer>) {
    this.#chunks = body[Symbol.asyncIterator]()
  }

  /** Reads until the end, or until more than `bytesMax` bytes have been read. */
  async until(bytesMax: number): Promise<void> {
    while (!this.hasEnded && this.#bytes <= bytesMax) {
      const next = await this.#chunks.next()
      this.hasEnded = next.done === true
      if (next.done !== true) this.#bytes += next.value.length
      this.text += next.done === true ? this.#decoder.end() : this.#decoder.write(next.value)
    }
  }

  async leave(): Promise<void> {
    await this.#chunks.return?.()
  }
}

/** Refuses a reply without reading it: if its length is declared too large, or if it is compressed. */
export function refusalOf(headers: IncomingHttpHeaders, holdsValues: boolean): MissingAnswer | undefined {
  if (holdsValues && Number(headers['content-length'] ?? 0) > replyBytesMax) return missing('upstream', tooLarge)
  const encoding = (headers['content-encoding'] ?? 'identity').trim()
  if (encoding.toLowerCase() === 'identity') return undefined
  return missing(
    'upstream',
    'the reply is compressed although that was not requested: check the proxy in front of the server',
  )
}
