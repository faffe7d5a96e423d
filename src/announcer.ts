import type { EndedEvaluation, Evaluation } from './evaluation.ts'

/** An event as it will be sent, each time the same bytes. */
export interface OutgoingEvent {
  /** UUID v5 of the evaluation, the type and an ordinal: a fact has one id, however often it is told. */
  readonly id: string
  readonly type: string
  /** A CloudEvent in structured JSON. */
  readonly body: string
  /** Names of the sinks that it is for. */
  readonly sinks: readonly string[]
}

/** Puts facts into the words of the outside world. Pure, so that it can speak inside the fact's transaction. */
export interface Announcer {
  started(evaluation: Evaluation): OutgoingEvent
  finished(evaluation: EndedEvaluation): OutgoingEvent
}

/** An event under way to one sink, held under a lease. */
export interface Delivery {
  readonly sink: string
  readonly position: string
  readonly eventId: string
  readonly eventType: string
  readonly body: string
  /** This one included. */
  readonly attempts: number
}
