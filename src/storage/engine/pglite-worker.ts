import { setFlagsFromString } from 'node:v8'
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'
import type { EngineReply, EngineRequest, EngineStart } from './pglite-thread.ts'

/** PGlite's default of 128 MB would be resident memory that a gate never needs. */
const settings = ['shared_buffers=16MB', 'wal_buffers=1MB']

/**
 * Of V8: no second, optimising compilation of WebAssembly (but of its function 0; --no-wasm-tier-up comes too late here).
 * For PGlite it takes 600 MB while it lasts, and queries as small as ours are no faster for it.
 */
setFlagsFromString('--wasm-tier-up-filter=0')

const { folder }: EngineStart = workerData

const database = await PGlite.create({
  dataDir: folder,
  startParams: [...PGlite.defaultStartParams, ...settings.flatMap((setting) => ['-c', setting])],
})

function answer(reply: EngineReply, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(reply, transfer)
}

/** The severity in an error message, between the ends of two fields: no row can hold these bytes. */
const panic = 'SPANIC\0VPANIC\0'

/** Only the streaming form: PGlite's execProtocolRaw keeps every message that it ever answered in memory. */
async function run(batch: Uint8Array): Promise<void> {
  const chunks: Uint8Array[] = []
  await database.execProtocolRawStream(batch, {
    onRawData: (chunk) => {
      chunks.push(chunk.slice())
    },
  })
  const bytes = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0))
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.length
  }
  // Postgres itself would start again from its log; PGlite goes on, or never comes back.
  if (Buffer.from(bytes.buffer).includes(panic)) throw new Error('PostgreSQL gave itself up (PANIC)')
  answer({ kind: 'answered', bytes }, [bytes.buffer])
}

async function close(): Promise<void> {
  await database.close()
  parentPort?.close()
}

parentPort?.on('message', (request: EngineRequest) => {
  // A rejection ends this thread, which engine.ts reports.
  void (request.kind === 'run' ? run(request.batch) : close())
})

answer({ kind: 'opened' })
