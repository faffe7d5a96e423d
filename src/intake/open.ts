import type { Logger } from 'pino'
import type { Arrival } from '../evaluation/evaluation.ts'
import type { NatsLink, NatsSettings } from '../net/nats-connection.ts'
import { acceptEvent, type EventOutcome, type IntakeDeps } from './accept-event.ts'
import type { IncomingEvent } from './cloudevent.ts'
import { createNatsIntake, type NatsIntakeDeps } from './nats-intake.ts'
import { createSignatureCheck, type CheckSignatures, type SignatureSettings } from './signature.ts'

export interface IntakeSettings {
  readonly events: SignatureSettings & { readonly accept: IntakeDeps['forms'] }
  readonly nats: Pick<NatsSettings, 'durable' | 'triggers'> | undefined
}

export interface IntakeRoomDeps {
  /** The settings in force; those of NATS are read once, the others at each use. */
  readonly settings: () => IntakeSettings
  readonly store: Pick<IntakeDeps, 'findTriggered' | 'invalidate'> & Pick<NatsIntakeDeps, 'keepTerminated' | 'ping'>
  readonly accept: IntakeDeps['accept']
  /** Called after an event was committed. */
  readonly announced: () => void
  /** Undefined: NATS is not used. */
  readonly link: NatsLink | undefined
  /** Reads a secret reference; throws an Error that names the reference only. */
  readonly secret: (reference: string) => Promise<string>
  readonly isUnavailable: NatsIntakeDeps['isUnavailable']
  readonly log: Logger
}

/** Everything that comes in as an event. */
export interface Intake {
  readonly checkSignatures: CheckSignatures
  accept(event: IncomingEvent, arrival: Arrival): Promise<EventOutcome>
  start(): void
  /** Takes nothing more, and waits for what is under way. */
  stop(): Promise<void>
}

export function openIntake({ settings, store, announced, link, secret, ...deps }: IntakeRoomDeps): Intake {
  const now = (): Date => new Date()
  const acceptOne = (event: IncomingEvent, arrival: Arrival): Promise<EventOutcome> => {
    const { signatures, accept: forms } = settings().events
    return acceptEvent(event, arrival, {
      accept: deps.accept,
      findTriggered: store.findTriggered,
      async invalidate(evaluation, by) {
        const invalidated = await store.invalidate(evaluation, by)
        announced()
        return invalidated
      },
      listed: signatures.map(({ source }) => source),
      forms,
      now,
    })
  }
  const { nats } = settings()
  const fromNats =
    link !== undefined && nats?.triggers === true
      ? createNatsIntake(nats, {
          link,
          acceptEvent: (event) => acceptOne(event, { trust: 'vouched' }),
          keepTerminated: store.keepTerminated,
          isUnavailable: deps.isUnavailable,
          ping: () => store.ping(),
          log: deps.log,
        })
      : undefined
  return {
    checkSignatures: (headers, body) => createSignatureCheck(settings().events, { secret, now })(headers, body),
    accept: acceptOne,
    start: () => fromNats?.start(),
    async stop() {
      await fromNats?.stop()
    },
  }
}
