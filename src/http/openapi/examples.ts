import type { z } from 'zod'
import { streamExample } from './event-examples.ts'
import type { SubscriptionWire } from '../wire/subscription.ts'
import type { EvaluationWire } from '../wire/evaluation.ts'

/** A service called `carts` of the project `shop`, judged once; every operation has an example of its request and of its success. */

const evaluationId = '01993b6e-7a4c-7c1e-8d7e-4a1f0b2c3d4e'
const subscriptionId = '01993b70-1c9d-7f62-a3b0-9d5e6f708192'
const service = { project: 'shop', stage: 'staging', service: 'carts' }
const window = { start: '2026-03-01T10:00:00Z', end: '2026-03-01T10:05:00Z' }
const at = '2026-03-01T10:05:03.120Z'

/** Of parameters in paths and queries, by name. */
export const parameterExamples: Readonly<Record<string, unknown>> = {
  ...service,
  name: 'prometheus',
  eventId: '01993b6e-8b1d-7d30-b6a5-1c2d3e4f5a6b',
  status: 'result',
  include: 'explanation',
  limit: 20,
  cursor: 'WyJvbGRlciIsIjIwMjYtMDMtMDFUMTA6MDU6MDMuMTIwWiIsIjAxOTkzYjZlLTdhNGMtN2MxZS04ZDdlLTRhMWYwYjJjM2Q0ZSJd',
  state: 'waiting',
  type: 'evaluation.finished',
  result: 'fail',
}

/** Of `{id}`, by the first part of the path. */
export const idExamples: Readonly<Record<string, string>> = {
  evaluations: evaluationId,
  subscriptions: subscriptionId,
}

const evaluation: z.infer<typeof EvaluationWire> = {
  id: evaluationId,
  ...service,
  state: 'succeeded',
  result: 'pass',
  score: 100,
  reasons: [],
  warnings: [],
  window: { ...window, source: 'request' },
  labels: { build: '1742' },
  context: '0b7f6a5e-2f0b-4f57-8a26-1f8f6f0a3c11',
  gitCommitId: null,
  trigger: { kind: 'api' },
  attempt: 1,
  retryOf: null,
  retry: null,
  slo: { digest: 'c0ffee', source: 'shop/slo.yaml', inline: false, totalScore: { pass: 90, warning: 75 } },
  indicatorResults: [
    {
      metric: 'error_rate',
      displayName: 'Error rate',
      provider: 'pushed',
      query: null,
      status: 'pass',
      score: 1,
      weight: 1,
      keySli: false,
      value: 0.3,
      comparedValue: null,
      comparedWith: [],
      success: true,
      outcome: 'measured',
      message: '',
      passTargets: [{ criteria: '<=1', targetValue: 1, violated: false }],
      warningTargets: [],
    },
  ],
  comparedEvaluations: [],
  engineVersion: '2',
  acceptedAt: '2026-03-01T10:05:03.002Z',
  startedAt: '2026-03-01T10:05:03.010Z',
  finishedAt: at,
  invalidation: null,
}

const unfinished = {
  ...evaluation,
  state: 'running',
  result: null,
  score: null,
  slo: null,
  indicatorResults: [],
  finishedAt: null,
}
const failed = { ...evaluation, result: 'fail', score: 0 }
const errored = { ...evaluation, state: 'errored', result: 'fail', score: null }

const byOutcome = { 200: evaluation, 201: evaluation, 202: unfinished, 412: failed, 424: errored }

const { id, state, result, score, reasons, labels, gitCommitId, attempt, retryOf, retry } = evaluation
const historyItem = {
  id,
  state,
  result,
  score,
  reasons,
  window: evaluation.window,
  labels,
  gitCommitId,
  attempt,
  retryOf,
  retry,
  comparedEvaluations: [],
  finishedAt: at,
  invalidation: null,
  inline: false,
}

const page = { next: null, prev: null }

const subscription: z.infer<typeof SubscriptionWire> = {
  id: subscriptionId,
  origin: 'api',
  url: 'https://ci.example/events',
  types: ['evaluation.finished'],
  filter: { projects: ['shop'], stages: null, services: null, results: ['fail'] },
  enabled: true,
  paused: false,
  disabledBecause: null,
  key: { generation: 1, earlier: [], isAtHand: true },
  waiting: 0,
  givenUp: 0,
  createdAt: at,
  changedAt: at,
}

const signingKey = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'

const delivery = {
  eventId: '01993b6e-8b1d-7d30-b6a5-1c2d3e4f5a6b',
  eventType: 'sh.keptn.event.evaluation.finished',
  evaluation: evaluationId,
  state: 'delivered',
  attempts: 1,
  writtenAt: at,
  dueAt: null,
  deliveredAt: '2026-03-01T10:05:03.204Z',
  givenUpAt: null,
  lastError: null,
}

const health = { ok: true, message: 'Prometheus answers', version: '3.5.0', latencyMs: 4, checkedAt: at }

const queried = {
  provider: 'prometheus',
  indicator: 'error_rate',
  window: { ...window, source: 'request' },
  definition: 'sum(rate(errors_total{service="$SERVICE"}[$DURATION_SECONDS]))',
  query: 'sum(rate(errors_total{service="carts"}[300s]))',
  outcome: 'measured',
  value: 0.3,
  message: '',
  warnings: [],
  attempts: 1,
  durationMs: 6.2,
  exchanges: [],
}

/** Of request bodies in JSON, by the operation's id. */
export const requestExamples: Readonly<Record<string, unknown>> = {
  startEvaluation: { window, labels: { build: '1742' }, indicators: [{ metric: 'error_rate', value: 0.3 }] },
  queryProvider: { ...service, indicator: 'error_rate', window },
  createSubscription: {
    url: 'https://ci.example/events',
    types: ['evaluation.finished'],
    filter: { projects: ['shop'], results: ['fail'] },
  },
  changeSubscription: { paused: true },
  rotateSubscriptionKey: { overlap: '24h' },
  redeliverEvents: { since: '2026-03-01T10:00:00Z' },
}

/** Of successful answers with a body, by the operation's id and the status. */
export const answerExamples: Readonly<Record<string, Readonly<Record<number, unknown>>>> = {
  isAlive: { 200: { status: 'ok' } },
  isReady: { 200: { status: 'ok' } },
  startEvaluation: byOutcome,
  getEvaluation: byOutcome,
  cancelEvaluation: { 200: { ...unfinished, state: 'aborted', finishedAt: at } },
  getScoreHistory: { 200: { items: [historyItem], page } },
  sendEvents: { 200: evaluation, 202: unfinished },
  followEvents: { 200: streamExample },
  listProviders: {
    200: {
      items: [{ name: 'prometheus', kind: 'prometheus', settleMs: 0, health, lastError: null, lastMeasuredAt: at }],
    },
  },
  checkProvider: { 200: health },
  queryProvider: { 200: queried },
  listSubscriptions: { 200: { items: [subscription], page } },
  createSubscription: { 201: { ...subscription, signingKey } },
  getSubscription: { 200: subscription },
  changeSubscription: { 200: { ...subscription, paused: true } },
  rotateSubscriptionKey: {
    201: { generation: 2, earlier: [{ generation: 1, until: '2026-03-02T10:05:03.120Z' }], isAtHand: true, signingKey },
  },
  testSubscription: { 200: { ok: true, message: 'the event was taken', durationMs: 12 } },
  listDeliveries: { 200: { items: [delivery], page } },
  redeliverEvents: { 202: { events: 3 } },
}
