import type pg from 'pg'
import type { Announcer } from '../announcing/outgoing-event.ts'
import type { EvaluationStore } from '../evaluation/evaluation-store.ts'
import type { Evaluation, Invalidation } from '../evaluation/evaluation.ts'
import { json } from './storable.ts'
import { shareLooks } from '../base/shared-looks.ts'
import type { SubscriptionStore } from '../announcing/subscriptions/subscriptions.ts'
import { readNowAndThen } from '../evaluation/history-warnings.ts'
import { readUntilJudged } from '../evaluation/new-names.ts'
import { listDeliveries, loadStandings, redeliver, redeliverSince } from './deliveries.ts'
import { acceptEvaluation } from './evaluations.ts'
import { findByKey, findEvaluation } from './find-evaluation.ts'
import { loadHistory } from './baseline-history.ts'
import { loadJudgedNames } from './judged-names.ts'
import { loadInputs } from './inputs.ts'
import { findTriggered, invalidateEvaluation } from './invalidation.ts'
import { eventsAfter, streamRange } from './event-stream.ts'
import { cancelEvaluation, extendLeases, finishEvaluation, noteFailedRun, releaseLease } from './evaluation-queue.ts'
import type { QueueCeilings } from './queue-ceilings.ts'
import { loadRecent } from './recent.ts'
import { removeOldEvents } from './retention.ts'
import { hasEvaluations, loadScoreHistory } from './score-history.ts'
import {
  giveUpDelivery,
  hurryDeliveries,
  markDelivered,
  noteGone,
  noteReachable,
  postponeDelivery,
  takeDeliveries,
} from './delivery-queue.ts'
import { listKeys, nextKey } from './signing-keys.ts'
import {
  addSubscription,
  changeSubscription,
  findSubscription,
  listSubscriptions,
  listAddressees,
  removeSubscription,
} from './subscriptions.ts'
import { takeEvaluations } from './taking.ts'
import { keepTerminated } from './terminated-messages.ts'

/** `query_timeout` of one query is pg's own; its types do not know it. */
const ping = { text: 'select 1', query_timeout: 3_000 }

export type Store = ReturnType<typeof createStore>

/** Everything that is kept, on one database: the ports of accept, run, worker, sender and the HTTP resources. */
export function createStore(pool: pg.Pool, announcer: Announcer, ceilings: QueueCeilings) {
  const evaluations: EvaluationStore = {
    findByKey: shareLooks(
      (service, key) => findByKey(pool, service, key),
      ({ project, stage, service }, key) => json([project, stage, service, key]),
    ),
    judgedNames: readUntilJudged((service) => loadJudgedNames(pool, service)),
    accept: (evaluation) => acceptEvaluation(pool, evaluation, announcer, ceilings),
    history: (evaluation, wanted) => loadHistory(pool, evaluation, wanted),
    recent: readNowAndThen(
      (evaluation) => loadRecent(pool, evaluation),
      () => performance.now(),
    ),
    finish: (taken, outcome) => finishEvaluation(pool, taken, outcome, announcer),
  }
  return {
    ...evaluations,
    find: shareLooks(
      (id: string) => findEvaluation(pool, id),
      (id) => id,
    ),
    inputs: (id: string) => loadInputs(pool, id),
    cancel: (id: string) => cancelEvaluation(pool, id, announcer),
    findTriggered: findTriggered.bind(undefined, pool),
    invalidate: (evaluation: Evaluation, by: Omit<Invalidation, 'at'>) =>
      invalidateEvaluation(pool, evaluation, by, announcer),
    keepTerminated: keepTerminated.bind(undefined, pool),
    scoreHistory: loadScoreHistory.bind(undefined, pool),
    hasEvaluations: hasEvaluations.bind(undefined, pool),
    take: takeEvaluations.bind(undefined, pool),
    extend: extendLeases.bind(undefined, pool),
    release: releaseLease.bind(undefined, pool),
    noteFailedRun: noteFailedRun.bind(undefined, pool),
    deliveries: {
      take: takeDeliveries.bind(undefined, pool),
      delivered: markDelivered.bind(undefined, pool),
      postpone: postponeDelivery.bind(undefined, pool),
      hurry: hurryDeliveries.bind(undefined, pool),
      giveUp: giveUpDelivery.bind(undefined, pool),
      gone: noteGone.bind(undefined, pool),
    },
    removeOldEvents: removeOldEvents.bind(undefined, pool),
    addressees: listAddressees.bind(undefined, pool),
    subscriptions: {
      list: listSubscriptions.bind(undefined, pool),
      find: findSubscription.bind(undefined, pool),
      add: addSubscription.bind(undefined, pool),
      change: changeSubscription.bind(undefined, pool),
      remove: removeSubscription.bind(undefined, pool),
      keys: listKeys.bind(undefined, pool),
      nextKey: nextKey.bind(undefined, pool),
      standings: loadStandings.bind(undefined, pool),
      reachable: noteReachable.bind(undefined, pool),
      deliveries: listDeliveries.bind(undefined, pool),
      redeliver: redeliver.bind(undefined, pool),
      redeliverSince: redeliverSince.bind(undefined, pool),
    } satisfies SubscriptionStore,
    stream: {
      range: streamRange.bind(undefined, pool),
      after: eventsAfter.bind(undefined, pool),
    },
    /** Rejects when the database does not answer, and sooner than others do: whoever asks may not wait for long. */
    async ping(): Promise<void> {
      await pool.query(ping)
    },
  }
}
