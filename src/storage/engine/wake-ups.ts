import type pg from 'pg'
import type { Logger } from 'pino'
import { createLoop } from '../../base/polling.ts'
import type { Database } from './database.ts'

/** Words from one process to the others on the same database: there is work. Any may be lost, since everybody also looks. */
export interface WakeUps {
  start(): void
  /** Soon; of many at once the last counts for all. Never in a transaction: such commits wait for each other. */
  send(): void
  stop(): Promise<void>
}

export interface WakeUpDeps {
  /** Some process said so, perhaps this one; or nobody could be heard for a while. */
  readonly heard: () => void
  readonly log: Logger
}

/** How often it is made sure that whoever would tell us is still there: nothing else notices a connection that went silent. */
const checkEveryMs = 10_000

const nobodyElse: WakeUps = { start() {}, send() {}, async stop() {} }

export function createWakeUps(
  { pool, connectAlone }: Pick<Database, 'pool' | 'connectAlone'>,
  { heard, log }: WakeUpDeps,
  checkMs = checkEveryMs,
): WakeUps {
  if (connectAlone === undefined) return nobodyElse
  const connect = connectAlone
  let listener: pg.Client | undefined
  let isStopping = false
  let isAway = false
  let isWanted = false
  let sending: Promise<void> | undefined

  const loop = createLoop(checkMs, listenOrCheck, (error) => {
    if (!isAway && !isStopping) log.warn({ err: error }, 'wake-ups are not heard, looking for work as often as ever')
    // What went silent may take a new connection at once.
    if (!isAway) loop.wake()
    isAway = true
    drop()
  })

  async function listenOrCheck(): Promise<boolean> {
    if (listener === undefined) await listen()
    else await listener.query('select 1')
    return false
  }

  async function listen(): Promise<void> {
    const client = await connect()
    listener = client
    client.on('notification', heard)
    client.on('error', () => {})
    client.on('end', () => {
      if (listener !== client) return
      listener = undefined
      loop.wake()
    })
    await client.query('listen pharos_work')
    if (isAway) log.info('wake-ups are heard again')
    isAway = false
    heard()
  }

  function drop(): void {
    const lost = listener
    listener = undefined
    // While a query is without an answer this breaks the connection and does not wait.
    void lost?.end().catch(() => {})
  }

  /** Never rejects. */
  async function sendWanted(): Promise<void> {
    while (isWanted) {
      isWanted = false
      try {
        await pool.query('notify pharos_work')
      } catch (error) {
        log.debug({ err: error }, 'wake-up not sent')
      }
    }
    sending = undefined
  }

  return {
    start: () => loop.start(),
    send() {
      isWanted = true
      sending ??= sendWanted()
    },
    async stop() {
      isStopping = true
      drop()
      await loop.stop()
      drop()
      await sending
    },
  }
}
