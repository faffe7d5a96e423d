import type { BriefExplanation, Result } from '../../slo/index.ts'
import type { EndedEvaluation, Evaluation, Invalidation } from '../evaluation/evaluation.ts'

/** An event as it will be sent, each time the same bytes. */
export interface OutgoingEvent {
  /** UUID v5 of the evaluation, the type and an ordinal: a fact has one id, however often it is told. */
  readonly id: string
  readonly type: string
  /** A CloudEvent in structured JSON, all but its `time`: only the statement that writes the fact knows when it was. */
  readonly bodyWithoutTime: string
  /** Names of those of `pharos.yaml` that it is for; storage knows the subscriptions. */
  readonly sinks: readonly string[]
  /** Null before the end. */
  readonly result: Result | null
}

/** What every event says of its evaluation. */
export type Announced = Pick<
  Evaluation,
  'id' | 'project' | 'stage' | 'service' | 'context' | 'trigger' | 'labels' | 'gitCommitId'
>

/** Puts facts into the words of the outside world. Pure: the same fact is the same event. */
export interface Announcer {
  /** `ordinal`, from 1, tells the triggers apart that one evaluation answers. */
  started(evaluation: Announced, ordinal?: number): OutgoingEvent
  /** `explanation` is null when nothing was judged. */
  finished(
    evaluation: Omit<EndedEvaluation, 'startedAt' | 'finishedAt'>,
    explanation: BriefExplanation | null,
  ): OutgoingEvent
  /** `ordinal` counts the invalidations of one evaluation, from 1. */
  invalidated(
    evaluation: Announced & Pick<Evaluation, 'result'>,
    invalidation: Pick<Invalidation, 'reason' | 'by'>,
    ordinal: number,
  ): OutgoingEvent
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
  /** Tells one lease of it from another: whoever holds a later one has it. */
  readonly lease: string
  /** By the database's clock: that of a process may be wrong. */
  readonly takenAt: Date
}

/** Somebody who is sent to, as he was when he was asked for: others than this process may have changed him since. */
export interface Sink {
  readonly name: string
  /** Where it is reached. */
  readonly url: string
  /** A subscription is `api`, what `pharos.yaml` names is `file`. */
  readonly origin: 'api' | 'file'
  /** Of the key that signs; 0 without one. */
  readonly keyGeneration: number
}

/** How many more deliveries to a sink may be under way. */
export interface FreePlaces {
  readonly to: Sink
  readonly free: number
}

/** When an event that was not taken is tried again. */
export interface Postponement {
  /** Or sooner, when the sink takes another one. */
  readonly waitMs: number
  /** What the sink asked for; never sooner. */
  readonly pauseMs: number | undefined
  /** A sentence without secrets. */
  readonly error: string
}
