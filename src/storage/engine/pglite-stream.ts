import { Duplex } from 'node:stream'
import type { Multiplexer, MultiplexerChannel } from './multiplexer.ts'

// Codes in place of a protocol version. Source: PostgreSQL 18, src/include/libpq/pqcomm.h.
const cancelRequest = 80877102
const sslRequest = 80877103
const gssRequest = 80877104

/** What a server says to a client that it lets in: AuthenticationOk, its parameters, ReadyForQuery. */
const greeting = Buffer.concat([
  message('R', Buffer.alloc(4)),
  ...[
    ['server_encoding', 'UTF8'],
    ['client_encoding', 'UTF8'],
    ['DateStyle', 'ISO, MDY'],
    ['TimeZone', 'UTC'],
    ['integer_datetimes', 'on'],
    ['standard_conforming_strings', 'on'],
  ].map(([name, value]) => message('S', Buffer.from(`${name}\0${value}\0`))),
  message('Z', Buffer.from('I')),
])

/**
 * What `pg` takes for its socket: one client of the embedded database.
 * Gathers messages until one that Postgres answers (a Sync or a simple Query), so that a batch is never interleaved.
 * COPY FROM STDIN does not work through it.
 */
export class PgliteStream extends Duplex {
  readonly #channel: MultiplexerChannel
  #received: Buffer = Buffer.alloc(0)
  /** How much of `#received` is complete messages that wait for the end of their batch. */
  #gathered = 0
  #isStarted = false

  constructor(multiplexer: Multiplexer) {
    super()
    this.#channel = multiplexer.open({
      answered: (bytes) => void this.push(bytes),
      lost: (error) => void this.destroy(connectionLost(error)),
    })
  }

  /** `pg` calls these of a socket. */
  connect(): this {
    process.nextTick(() => this.emit('connect'))
    return this
  }
  setNoDelay(): this {
    return this
  }
  setKeepAlive(): this {
    return this
  }
  ref(): this {
    return this
  }
  unref(): this {
    return this
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#take(chunk)
    done()
  }

  override _writev(chunks: readonly { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#take(Buffer.concat(chunks.map(({ chunk }) => chunk)))
    done()
  }

  override _final(done: (error?: Error | null) => void): void {
    this.push(null)
    done()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#channel.close()
    done(error)
  }

  #take(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    if (!this.#isStarted) this.#readStartup()
    if (this.#isStarted) this.#readMessages()
  }

  #readStartup(): void {
    while (this.#received.length >= 8 && this.#received.length >= this.#received.readInt32BE(0)) {
      const code = this.#received.readInt32BE(4)
      this.#received = this.#received.subarray(this.#received.readInt32BE(0))
      if (code === cancelRequest) return void this.destroy()
      if (code !== sslRequest && code !== gssRequest) {
        this.#isStarted = true
        return void this.push(greeting)
      }
      this.push('N')
    }
  }

  #readMessages(): void {
    while (this.#received.length - this.#gathered >= 5) {
      const end = this.#gathered + 1 + this.#received.readInt32BE(this.#gathered + 1)
      if (this.#received.length < end) return
      const type = String.fromCharCode(this.#received.readUInt8(this.#gathered))
      this.#gathered = end
      if (type === 'X') return void this.push(null)
      if (type === 'Q' || type === 'S') this.#sendBatch()
    }
  }

  #sendBatch(): void {
    this.#channel.send(this.#received.subarray(0, this.#gathered))
    this.#received = this.#received.subarray(this.#gathered)
    this.#gathered = 0
  }
}

/** One backend message: its type, the length that counts itself, the body. */
function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.write(type)
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

/** Under the code that a reset socket has, so that nobody needs to know a second kind of lost connection. */
function connectionLost(cause: Error): Error {
  return Object.assign(new Error(cause.message, { cause }), { code: 'ECONNRESET' })
}
