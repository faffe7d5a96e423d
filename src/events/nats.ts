import { jetstream, jetstreamManager, JetStreamApiCodes, JetStreamApiError } from '@nats-io/jetstream'
import { connect, headers, nanos, type NatsConnection } from '@nats-io/transport-node'
import type { Logger } from 'pino'
import type { Delivery } from '../announcer.ts'
import type { NatsConfig } from '../config.ts'
import { createLoop } from '../loop.ts'

export interface NatsDeps {
  /** Read for each new connection. */
  readonly token: () => Promise<string | undefined>
  /** Called whenever there is a connection again. */
  readonly connected: () => void
  readonly log: Logger
}

/** One connection to NATS, made again for ever. */
export interface NatsPublisher {
  start(): void
  /** Undefined when the stream has the event, which may be the second time; else a sentence why not. Never rejects. */
  publish(event: Pick<Delivery, 'eventId' | 'eventType' | 'body'>, timeoutMs: number): Promise<string | undefined>
  stop(): Promise<void>
}

/** The subjects of every event of Keptn's; a subject is an event's type. */
const subjects = ['sh.keptn.event.>']

/** An event whose acknowledgement was lost is sent again when the outage is over; until then its id must be remembered. */
const duplicateWindowMs = 24 * 3_600_000
const maxAgeMs = 30 * 24 * 3_600_000

const connectLimitMs = 5_000
const retryMs = 1_000

/** A server that went silent is noticed after two of these. */
const pingMs = 10_000

export function createNatsPublisher(settings: Omit<NatsConfig, 'token'>, deps: NatsDeps): NatsPublisher {
  const { log } = deps
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
    const token = await deps.token()
    const made = await connect({
      servers: [...settings.servers],
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
    deps.connected()
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

  /** Once, unless it fails; a stream that somebody else made is left as it is. */
  async function ensureStream(made: NatsConnection): Promise<void> {
    if (hasStream) return
    const manager = await jetstreamManager(made)
    try {
      await manager.streams.info(settings.stream)
    } catch (error) {
      if (!(error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound)) throw error
      const [duplicate_window, max_age] = [nanos(duplicateWindowMs), nanos(maxAgeMs)]
      await manager.streams.add({ name: settings.stream, subjects, duplicate_window, max_age })
      log.info({ stream: settings.stream }, 'NATS stream made')
    }
    hasStream = true
  }

  return {
    start: () => loop.start(),
    async publish({ eventId, eventType, body }, timeoutMs) {
      if (connection === undefined || !isUp) return 'not connected to NATS'
      try {
        await ensureStream(connection)
        const attributes = headers()
        attributes.set('Content-Type', 'application/cloudevents+json; charset=utf-8')
        const expect = { streamName: settings.stream }
        await jetstream(connection).publish(eventType, body, {
          msgID: eventId,
          headers: attributes,
          timeout: timeoutMs,
          expect,
        })
        return undefined
      } catch (error) {
        // It may have been removed meanwhile, and is then made again.
        hasStream = !settings.createStream
        return `NATS did not take it: ${sentenceOf(error)}`
      }
    },
    async stop() {
      await loop.stop()
      await connection?.close()
    },
  }
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
