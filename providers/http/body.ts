import type { IncomingHttpHeaders } from 'node:http'
import { StringDecoder } from 'node:string_decoder'
import { missing, type MissingAnswer } from '../answer.ts'
import { tooLarge } from './failure.ts'
import type { Caller, Slots } from './slots.ts'

/**
 * Of a reply that holds values. One value takes a few hundred bytes, and an unpacked tree ten to twenty times its text: with this
 * the process stays small whatever it is sent.
 */
export const replyBytesMax = 1024 * 1024

/** Of a reply that holds none: enough for a sentence about it. */
const spokenBytesMax = 64 * 1024

/** A reply that is longer is read only when it is its turn: some of them at once would fill the memory. */
const largeBytes = 128 * 1024

/** Undefined when it is too large: through a proxy, undici itself does not count. `large` are the turns of long ones. */
export async function textOf(body: AsyncIterable<Buffer>, large: Slots, caller: Caller): Promise<string | undefined> {
  const reading = new Reading(body)
  await reading.until(largeBytes)
  if (!reading.hasEnded) await large.run(() => reading.until(replyBytesMax), caller)
  if (reading.hasEnded) return reading.text
  await reading.leave()
  return undefined
}

/** The beginning of a text that is for people. */
export async function beginningOf(body: AsyncIterable<Buffer>): Promise<string> {
  const reading = new Reading(body)
  await reading.until(spokenBytesMax)
  if (!reading.hasEnded) await reading.leave()
  return reading.text
}

/** A body as far as it was read, as text: no chunk is kept. */
class Reading {
  readonly #chunks: AsyncIterator<Buffer>
  readonly #decoder = new StringDecoder('utf8')
  #bytes = 0
  text = ''
  hasEnded = false

  constructor(body: AsyncIterable<Buffer>) {
    this.#chunks = body[Symbol.asyncIterator]()
  }

  /** Reads on until it has ended, or more than so many bytes have come. */
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

/** What is not even read: a reply too large by its own account, or one that could grow when it is unpacked. */
export function refusalOf(headers: IncomingHttpHeaders, holdsValues: boolean): MissingAnswer | undefined {
  if (holdsValues && Number(headers['content-length'] ?? 0) > replyBytesMax) return missing('upstream', tooLarge)
  const encoding = (headers['content-encoding'] ?? 'identity').trim()
  if (encoding.toLowerCase() === 'identity') return undefined
  return missing('upstream', 'the reply is compressed, which was not asked for: look at the proxy before the server')
}
