import { Worker } from 'node:worker_threads'

/** What the thread is started with. */
export interface EngineStart {
  readonly folder: string
}

export type EngineRequest = { readonly kind: 'run'; readonly batch: Uint8Array } | { readonly kind: 'close' }

export type EngineReply =
  | { readonly kind: 'opened' }
  | { readonly kind: 'answered'; readonly bytes: Uint8Array<ArrayBuffer> }

/** As a script while TypeScript runs directly, compiled in `dist`. */
const workerFile = new URL(`./pglite-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)

/** Making a database takes some seconds, on a slow machine many. */
const openingMaxMs = 120_000
const closingMaxMs = 30_000

/**
 * Opens the database in `folder`, making it when the folder is empty; rejects with PGlite's reason.
 * A batch that takes longer than `batchMaxMs` ends the thread: PGlite may never return from a PANIC (a full disk, say).
 */
export async function startEngine(folder: string, batchMaxMs: number): Promise<Engine> {
  const engine = new Engine(folder, batchMaxMs)
  await engine.opened()
  return engine
}

/** PGlite in a thread of its own, so that a heavy query does not stop the event loop. */
export class Engine {
  readonly #worker: Worker
  readonly #batchMaxMs: number
  readonly #exited = Promise.withResolvers<void>()
  #failure: Error | undefined
  #reply: PromiseWithResolvers<EngineReply> | undefined

  constructor(folder: string, batchMaxMs: number) {
    this.#batchMaxMs = batchMaxMs
    this.#worker = new Worker(workerFile, { workerData: { folder } satisfies EngineStart, name: 'pglite' })
    this.#worker.on('message', (reply: EngineReply) => this.#reply?.resolve(reply))
    this.#worker.on('error', (error) => (this.#failure = asError(error)))
    this.#worker.on('exit', () => {
      this.#failure ??= new Error('the thread of the embedded database has ended')
      this.#reply?.reject(this.#failure)
      this.#exited.resolve()
    })
  }

  async opened(): Promise<void> {
    await this.#replyWithin(openingMaxMs)
  }

  /**
   * Sends frontend messages that end in a Sync or a simple Query, resolves with all that Postgres answers.
   * One at a time. Rejects once the thread has ended, and not earlier: the data folder is free again then.
   */
  async run(batch: Uint8Array): Promise<Uint8Array> {
    if (this.#failure !== undefined) throw this.#failure
    // A copy of its own, because the buffer is handed over and may be a slice of a larger one.
    const copy = new Uint8Array(batch)
    this.#send({ kind: 'run', batch: copy }, [copy.buffer])
    const reply = await this.#replyWithin(this.#batchMaxMs)
    if (reply.kind !== 'answered') throw new Error(`the embedded database answered '${reply.kind}' to a batch`)
    return reply.bytes
  }

  /** Closes the database after what it runs; resolves when the thread has ended. */
  async close(): Promise<void> {
    const timer = setTimeout(() => void this.#worker.terminate(), closingMaxMs)
    this.#send({ kind: 'close' })
    await this.#exited.promise
    clearTimeout(timer)
  }

  #send(request: EngineRequest, transfer: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(request, transfer)
  }

  async #replyWithin(maxMs: number): Promise<EngineReply> {
    this.#reply = Promise.withResolvers()
    const timer = setTimeout(() => {
      this.#failure = new Error(`the embedded database did not answer for ${maxMs / 1000} s`)
      void this.#worker.terminate()
    }, maxMs)
    try {
      return await this.#reply.promise
    } finally {
      clearTimeout(timer)
      this.#reply = undefined
    }
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
