import { AckPolicy, DeliverPolicy, jetstream, JetStreamApiCodes } from '@nats-io/jetstream'
import type { Consumer, ConsumerMessages, JsMsg } from '@nats-io/jetstream'
import { nanos, type NatsConnection } from '@nats-io/transport-node'
import type { Logger } from 'pino'
import type { NatsSettings } from '../net/nats-connection.ts'
import { PharosError, type ErrorCode } from '../base/errors.ts'
import { createLoop } from '../base/polling.ts'
import type { TerminatedMessage } from './rejected-message.ts'
import { readBinary, readStructured, type IncomingEvent } from './cloudevent.ts'
import { managerOf, sentenceOf, unlessMissing, type NatsLink } from '../net/nats-connection.ts'

export interface NatsIntakeDeps {
  readonly link: NatsLink
  /** When it resolves, what follows from the event is committed. */
  readonly acceptEvent: (event: IncomingEvent) => Promise<unknown>
  readonly keepTerminated: (message: TerminatedMessage) => Promise<void>
  readonly isUnavailable: (error: unknown) => boolean
  /** Rejects when the database does not answer. */
  readonly ping: () => Promise<void>
  readonly log: Logger
  /** The first wait of a message whose project has a full queue; 10 s by default. */
  readonly queueFullMs?: number
}

/** Takes triggers from a JetStream stream; any number of processes may, each message goes to one of them. */
export interface NatsIntake {
  start(): void
  /** Takes no more, and waits for what is under way. */
  stop(): Promise<void>
}

/** A durable has one filter, as all that nats-server 2.9 knows. */
const forms = [
  { name: 'task', filter: 'sh.keptn.event.evaluation.triggered' },
  { name: 'stage', filter: 'sh.keptn.event.*.evaluation.triggered' },
] as const

/** A new durable begins with what came so long ago: a trigger may be older than the first start, and not much. */
const lookBackMs = 3_600_000

/** Longer than a query may take: who answers later has its message brought again, which is harmless. */
const ackWaitMs = 30_000
const batch = 16
const askForMs = 10_000
const retryMs = 1_000

/** Of these the same message would meet the same again. */
const notUnderstood: ReadonlySet<ErrorCode> = new Set(['unreadable_body', 'invalid_event'])

/** What fails by a mistake of ours is tried so often. */
const deliveriesMax = 10
/** For a trigger whose project has a full queue: the first wait, and how often it is doubled. */
const queueFullMs = 10_000
const queueFullDoublings = 2
const bodyBytesMax = 65_536
const reasonCharactersMax = 4_000

export function createNatsIntake({ durable }: Pick<NatsSettings, 'durable'>, deps: NatsIntakeDeps): NatsIntake {
  const takers = forms.map(({ name, filter }) => createTaker(`${durable}-${name}`, filter, deps))
  return {
    start() {
      for (const taker of takers) taker.start()
    },
    async stop() {
      await Promise.all(takers.map((taker) => taker.stop()))
    },
  }
}

/** Takes from one durable. */
function createTaker(name: string, filter: string, deps: NatsIntakeDeps): NatsIntake {
  const { link, log } = deps
  let consumer: { readonly of: NatsConnection; readonly consumer: Consumer } | undefined
  let open: ConsumerMessages | undefined
  let isStopping = false
  let isAway = false
  let hasNoDatabase = false

  const loop = createLoop(retryMs, takeSome, (error) => {
    consumer = undefined
    link.doubtStream()
    if (!isAway) log.warn({ durable: name, reason: sentenceOf(error) }, 'triggers cannot be taken from NATS')
    isAway = true
  })
  // What was asked of the connection before has no answer any more.
  link.onConnected(() => {
    void open?.close()
    loop.wake()
  })

  /** Asks for a batch and waits for it; each message is handled as it comes. */
  async function takeSome(): Promise<boolean> {
    const connection = link.current()
    if (connection === undefined) return false
    if (hasNoDatabase) await deps.ping()
    hasNoDatabase = false
    if (consumer?.of !== connection) consumer = { of: connection, consumer: await consumerOn(connection) }
    const messages = await consumer.consumer.fetch({ max_messages: batch, expires: askForMs })
    open = messages
    // An answer that a reconnect has swallowed would be waited for without end.
    const limit = setTimeout(() => void messages.close(), askForMs + ackWaitMs)
    const handling: Promise<void>[] = []
    try {
      if (isStopping) await messages.close()
      for await (const message of messages) handling.push(handle(message))
      if (isAway) log.info({ durable: name }, 'triggers are taken from NATS again')
      isAway = false
    } finally {
      clearTimeout(limit)
      await Promise.all(handling)
    }
    return !hasNoDatabase && link.current() === connection
  }

  /** A durable that is there is taken as it is. */
  async function consumerOn(connection: NatsConnection): Promise<Consumer> {
    const { stream } = link
    await link.ensureStream(connection)
    const { consumers } = await managerOf(connection)
    if ((await unlessMissing(consumers.info(stream, name), JetStreamApiCodes.ConsumerNotFound)) === undefined) {
      await consumers.add(stream, {
        durable_name: name,
        filter_subject: filter,
        ack_policy: AckPolicy.Explicit,
        ack_wait: nanos(ackWaitMs),
        deliver_policy: DeliverPolicy.StartTime,
        opt_start_time: new Date(Date.now() - lookBackMs).toISOString(),
      })
      log.info({ stream, durable: name, filter }, 'NATS durable made')
    }
    return jetstream(connection).consumers.get(stream, name)
  }

  /** Never rejects. */
  async function handle(message: JsMsg): Promise<void> {
    try {
      const refusal = await refusalOf(message)
      if (refusal === undefined) message.ack()
      else await terminate(message, refusal)
    } catch (error) {
      bringAgain(message, error)
    }
  }

  /** Undefined when its event is accepted; an error that it would meet for ever. Throws what may pass. */
  async function refusalOf(message: JsMsg): Promise<PharosError | undefined> {
    const { deliveryCount } = message.info
    try {
      await deps.acceptEvent(readEvent(message))
      return undefined
    } catch (error) {
      if (error instanceof PharosError && notUnderstood.has(error.code)) return error
      if (deps.isUnavailable(error) || isQueueFull(error) || deliveryCount < deliveriesMax) throw error
      log.error({ durable: name, err: error }, 'a trigger is given up')
      return new PharosError('internal', `it met an unexpected error ${deliveryCount} times`)
    }
  }

  function bringAgain(message: JsMsg, error: unknown): void {
    if (deps.isUnavailable(error)) {
      hasNoDatabase = true
      message.nak(retryMs)
      void open?.close()
      return
    }
    const { deliveryCount } = message.info
    if (isQueueFull(error)) {
      if (deliveryCount === 1)
        log.warn({ durable: name, reason: sentenceOf(error) }, 'queue full: trigger left in NATS, to be tried again')
      message.nak((deps.queueFullMs ?? queueFullMs) * 2 ** Math.min(deliveryCount - 1, queueFullDoublings))
      return
    }
    log.error({ durable: name, err: error, deliveryCount }, 'a trigger met an unexpected error, and comes again')
    message.nak(retryMs * 2 ** Math.min(deliveryCount, deliveriesMax))
  }

  async function terminate(message: JsMsg, error: PharosError): Promise<void> {
    const { subject, info } = message
    const { code } = error
    const reason = reasonOf(error)
    const { stream, streamSequence: sequence } = info
    const publishedAt = message.time
    const body = message.data.subarray(0, bodyBytesMax)
    await deps.keepTerminated({ stream, sequence, publishedAt, subject, code, reason, body })
    // Without a reason, which only nats-server 2.10 understands.
    message.term()
    log.warn({ stream, sequence, subject, code, reason }, 'message terminated: it will never be understood')
  }

  return {
    start: () => loop.start(),
    async stop() {
      isStopping = true
      await open?.close()
      await loop.stop()
    },
  }
}

function isQueueFull(error: unknown): boolean {
  return error instanceof PharosError && error.code === 'queue_full'
}

/** In structured or in binary mode, as the NATS binding of CloudEvents has them. Throws PharosError. */
function readEvent({ headers, data }: JsMsg): IncomingEvent {
  const attributes = Object.fromEntries((headers?.keys() ?? []).map((key) => [key.toLowerCase(), headers?.get(key)]))
  if (attributes['ce-specversion'] === undefined) return readStructured(data)
  return readBinary(attributes, attributes['content-type'] ?? 'application/json', data)
}

function reasonOf({ message, mistakes }: PharosError): string {
  const sentences = mistakes.map((mistake) => `${mistake.pointer ?? ''} ${mistake.message}`.trim())
  // PostgreSQL keeps no NUL.
  return [message, ...sentences].join('; ').replaceAll('\0', '\uFFFD').slice(0, reasonCharactersMax)
}
