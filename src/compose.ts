import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'
import { openProviders, type Provider } from '../providers/index.ts'
import { parseSlo } from '../slo/index.ts'
import type { Config } from './config.ts'
import { loadDefinition } from './definitions/load.ts'
import { createEndings } from './endings.ts'
import { StartError } from './errors.ts'
import { accept, run, type EvaluationStore } from './evaluate.ts'
import { createAnnouncer } from './events/keptn.ts'
import { startSender } from './events/sender.ts'
import { createApp } from './http/app.ts'
import { measure } from './measure.ts'
import { startWorker } from './worker.ts'
import { isDatabaseUnavailable, openDatabase, type Database } from './storage/database.ts'
import { acceptEvaluation, findByKey, findEvaluation } from './storage/evaluations.ts'
import { loadHistory } from './storage/history.ts'
import { migrate } from './storage/migrate.ts'
import { markDelivered, postponeDelivery, takeDeliveries } from './storage/outbox.ts'
import { extendLease, finishEvaluation, releaseAllLeases, releaseLease, takeEvaluations } from './storage/queue.ts'
import { loadScoreHistory } from './storage/score-history.ts'

/** A running service. */
export interface Service {
  /** Where it listens. */
  readonly url: string
  /** Stops listening, finishes or gives back what runs, closes everything. */
  stop(): Promise<void>
}

/** What runs gets so long to finish when the service stops, before it is given back. */
const stopGraceMs = 5_000
