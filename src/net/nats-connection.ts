import { jetstreamManager, JetStreamApiCodes, JetStreamApiError, type JetStreamManager } from '@nats-io/jetstream'
import { connect, nanos, type NatsConnection } from '@nats-io/transport-node'
import type { Logger } from 'pino'
import { createLoop } from '../base/polling.ts'

export interface NatsSettings {
  readonly servers: readonly string[]
  readonly stream: string
  /** Whether a stream that is not there is made; else somebody else makes it. */
  readonly createStream: boolean
  /** Whether evaluations are triggered by messages of the stream. */
  readonly triggers: boolean
  /** How the names of the durables begin: whoever shares them shares the messages. */
  readonly durable: string
  /** A reference, read for each new connection. */
  readonly token: string | undefined
}

/** One connection to NATS, made again for ever, for everybody here who needs it. */
export interface NatsLink {
  readonly stream: string
  start(): void
  /** Undefined while there is none. */
  current(): NatsConnection | undefined
  /** Called whenever there is a connection again. */
  onConnected(listener: () => void): void
  /** Makes the stream, if that is ours to do and it is not there; one that somebody else made is left as it is. */
  ensureStream(connection: NatsConnection): Promise<void>
  /** It may have been removed: the next time it is looked for again. */
  doubtStream(): void
  stop(): Promise<void>
}

export interface NatsLinkDeps {
  /** Read for each new connection. */
  readonly token: () => Promise<string | undefined>
  readonly log: Logger
}

/** The subjects of every event of Keptn's; a subject is an event's type. */
const subjects = ['sh.keptn.event.>']

/** An event whose acknowledgement was lost is sent again when the outage is over; until then its id must be remembered. */
const duplicateWindowMs = 24 * 3_600_000
const maxAgeMs = 30 * 24 * 3_600_000

const connectLimitMs = 5_000
const retryMs = 1_000

/** A server that went silent is noticed after three of these. */
const pingMs = 5_000

export function createNatsLink(
  settings: Pick<NatsSettings, 'servers' | 'stream' | 'createStream'>,
  { token: readToken, log }: NatsLinkDeps,
): NatsLink {
  const { servers, stream } = settings
  const listeners: (() => void)[] = []
  let connection: NatsConnection | undefined
  let isUp = false
  let isAway = false
  let hasStream = !settings.createStream

  const loop = createLoop(retryMs, connectOnce, (error) => {
    if (!isAway) log.warn({ reason: sentenceOf(error) }, 'NATS cannot be reached, trying again')
    isAway = true
  })

  async function connectOnce(): Promise<boolean> {
    if (connection !== undefined) return false
    const token = await readToken()
    const made = await connect({
      servers: [...servers],
      name: 'pharos',
      timeout: connectLimitMs,
      maxReconnectAttempts: -1,
      reconnectTimeWait: retryMs,
      pingInterval: pingMs,
      ...(token === undefined ? {} : { token }),
    })
    connection = made
    up(made)
    void watch(made)
    return false
  }

  function up(made: NatsConnection): void {
    isAway = false
    isUp = true
    log.info({ server: made.getServer() }, 'connected to NATS')
    for (const listener of listeners) listener()
  }

  /** Until the client gives the connection up, as it does when its token is refused: then a new one is made. */
  async function watch(made: NatsConnection): Promise<void> {
    for await (const { type } of made.status()) {
      if (type === 'reconnect') up(made)
      if (type !== 'disconnect') continue
      isUp = false
      log.warn('the connection to NATS was lost')
    }
    await made.closed()
    isUp = false
    connection = undefined
    loop.wake()
  }

  return {
    stream,
    start: () => loop.start(),
    current: () => (isUp ? connection : undefined),
    onConnected: (listener) => listeners.push(listener),
    async ensureStream(made) {
      if (hasStream) return
      const { streams } = await managerOf(made)
      if ((await unlessMissing(streams.info(stream), JetStreamApiCodes.StreamNotFound)) === undefined) {
        const [duplicate_window, max_age] = [nanos(duplicateWindowMs), nanos(maxAgeMs)]
        await streams.add({ name: stream, subjects, duplicate_window, max_age })
        log.info({ stream }, 'NATS stream made')
      }
      hasStream = true
    },
    doubtStream: () => (hasStream = !settings.createStream),
    async stop() {
      await loop.stop()
      await connection?.close()
    },
  }
}

/** Asks nothing by itself: what is asked of it fails in its place. */
export function managerOf(connection: NatsConnection): Promise<JetStreamManager> {
  return jetstreamManager(connection, { checkAPI: false })
}

/** Undefined instead of JetStream's error that there is no such thing. */
export async function unlessMissing<Found>(asked: Promise<Found>, code: number): Promise<Found | undefined> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === code) return undefined
    throw error
  }
}

export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
