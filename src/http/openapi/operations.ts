import type { OwnError } from './errors.ts'
import type { RequestHeader, ResponseHeader } from './headers.ts'
import {
  deliveriesLinks,
  evaluationLinks,
  historyLinks,
  providersLinks,
  subscriptionLinks,
  type Links,
} from './links.ts'

/** What the document says of an operation beside the schemas of its route. */
export interface Operation {
  readonly id: string
  /** Open to everybody, with or without a token. */
  readonly isOpen?: true
  readonly sends?: readonly RequestHeader[]
  readonly answers: Readonly<Record<number, Answer>>
  readonly errors: readonly OwnError[]
}

export interface Answer {
  readonly description: string
  /** Always there. */
  readonly headers?: readonly ResponseHeader[]
  /** There in some cases. */
  readonly possible?: readonly ResponseHeader[]
  readonly links?: Links
  /** Where the body is a stream, its media type. */
  readonly stream?: string
}

const definitionErrors = [
  'slo_invalid',
  'sli_invalid',
  'project_invalid',
  'stage_not_found',
  'service_not_found',
] as const

const started = {
  headers: ['Location'],
  possible: ['Retry-After', 'Idempotency-Replayed', 'Preference-Applied'],
  links: evaluationLinks,
} as const
const read = { possible: ['Preference-Applied'], links: evaluationLinks } as const
const failed = 'With `status=result`: the result is fail'
const unusable = 'With `status=result`: errored, aborted or invalidated'
const subscription = subscriptionLinks('$response.body#/id')
const deliveries = '/v1/subscriptions/{id}/deliveries'
const evaluations = '/v1/projects/{project}/stages/{stage}/services/{service}/evaluations'
const history = '/v1/projects/{project}/stages/{stage}/services/{service}/score-history'

/** By method and path. */
export const operations: Readonly<Record<string, Operation>> = {
  'get /livez': { id: 'isAlive', isOpen: true, answers: { 200: { description: 'It answers' } }, errors: [] },
  'get /readyz': {
    id: 'isReady',
    isOpen: true,
    answers: { 200: { description: 'It can do its work' } },
    errors: ['database_unavailable', 'shutting_down'],
  },
  [`post ${evaluations}`]: {
    id: 'startEvaluation',
    sends: ['Prefer', 'Idempotency-Key'],
    answers: {
      200: {
        description:
          'The evaluation of an earlier request with this `Idempotency-Key`; with `status=result`, a pass or a warning',
        ...started,
      },
      201: { description: 'It has ended within the time of `Prefer: wait`', ...started },
      202: { description: 'It has not ended yet', ...started },
      412: { description: failed, ...started },
      424: { description: unusable, ...started },
    },
    errors: [
      ...definitionErrors,
      'invalid_request',
      'invalid_query',
      'invalid_window',
      'slo_not_found',
      'commit_unreadable',
      'inline_slo_denied',
      'pushed_over_measured',
      'idempotency_key_reused',
      'queue_full',
    ],
  },
  'get /v1/evaluations/{id}': {
    id: 'getEvaluation',
    sends: ['Prefer'],
    answers: {
      200: { description: 'As it stands; with `status=result`, a pass or a warning', ...read },
      202: { description: 'With `status=result`: it has not ended yet', ...read },
      412: { description: failed, ...read },
      424: { description: unusable, ...read },
    },
    errors: ['invalid_request', 'invalid_query', 'evaluation_not_found'],
  },
  'delete /v1/evaluations/{id}': {
    id: 'cancelEvaluation',
    answers: { 200: { description: 'It is aborted', links: evaluationLinks } },
    errors: ['evaluation_not_found', 'evaluation_ended'],
  },
  [`get ${history}`]: {
    id: 'getScoreHistory',
    answers: { 200: { description: 'A page of the history', links: historyLinks } },
    errors: ['invalid_request', 'invalid_cursor', 'stage_not_found', 'service_not_found'],
  },
  'post /v1/events': {
    id: 'sendEvents',
    sends: ['ce-specversion', 'ce-id', 'ce-source', 'ce-type', 'ce-time'],
    answers: {
      200: {
        description: 'The evaluation that the event started before or invalidates; for a batch, an item for each event',
        possible: ['Location'],
      },
      202: { description: 'It has started an evaluation', headers: ['Location'], links: evaluationLinks },
      204: { description: 'The type of the event is nothing to Pharos, and the event was not kept' },
    },
    errors: [
      ...definitionErrors,
      'invalid_event',
      'invalid_window',
      'slo_not_found',
      'commit_unreadable',
      'evaluation_not_found',
      'evaluation_not_ended',
      'queue_full',
      'invalidation_denied',
      'signature_invalid',
      'secret_unavailable',
    ],
  },
  'get /v1/events/stream': {
    id: 'followEvents',
    sends: ['Last-Event-ID'],
    answers: {
      200: {
        description: 'Server-sent events, until the client or the service ends it',
        stream: 'text/event-stream',
        headers: ['Cache-Control'],
      },
    },
    errors: ['invalid_request', 'too_many_streams', 'too_many_streams_of_client'],
  },
  'get /v1/providers': {
    id: 'listProviders',
    answers: { 200: { description: 'Every configured provider', links: providersLinks } },
    errors: [],
  },
  'post /v1/providers/{name}/check': {
    id: 'checkProvider',
    answers: { 200: { description: 'How it is now' } },
    errors: ['provider_not_found'],
  },
  'post /v1/providers/{name}/query': {
    id: 'queryProvider',
    answers: { 200: { description: 'What was asked, and what came back' } },
    errors: [...definitionErrors, 'invalid_request', 'invalid_window', 'provider_not_found'],
  },
  'get /v1/subscriptions': {
    id: 'listSubscriptions',
    answers: { 200: { description: 'All of them', links: subscriptionLinks('$response.body#/items/0/id') } },
    errors: [],
  },
  'post /v1/subscriptions': {
    id: 'createSubscription',
    answers: {
      201: {
        description: 'Created, with its signing key',
        headers: ['Location', 'Cache-Control'],
        links: subscription,
      },
    },
    errors: ['invalid_request', 'signing_secret_missing', 'too_many_subscriptions'],
  },
  'get /v1/subscriptions/{id}': {
    id: 'getSubscription',
    answers: { 200: { description: 'As it stands', links: subscription } },
    errors: ['subscription_not_found'],
  },
  'patch /v1/subscriptions/{id}': {
    id: 'changeSubscription',
    answers: { 200: { description: 'As it stands now', links: subscription } },
    errors: ['invalid_request', 'subscription_not_found', 'subscription_in_file'],
  },
  'delete /v1/subscriptions/{id}': {
    id: 'deleteSubscription',
    answers: { 204: { description: 'It has ended' } },
    errors: ['subscription_not_found', 'subscription_in_file'],
  },
  'post /v1/subscriptions/{id}/rotate-key': {
    id: 'rotateSubscriptionKey',
    answers: { 201: { description: 'The new key', headers: ['Cache-Control'] } },
    errors: ['invalid_request', 'subscription_not_found', 'signing_secret_missing'],
  },
  'post /v1/subscriptions/{id}/test': {
    id: 'testSubscription',
    answers: { 200: { description: 'Whether it took the event' } },
    errors: ['subscription_not_found', 'signing_secret_missing'],
  },
  [`get ${deliveries}`]: {
    id: 'listDeliveries',
    answers: { 200: { description: 'A page of its events', links: deliveriesLinks } },
    errors: ['invalid_request', 'invalid_cursor', 'subscription_not_found'],
  },
  [`post ${deliveries}/{eventId}/redeliver`]: {
    id: 'redeliverEvent',
    answers: { 202: { description: 'It will be sent again' } },
    errors: ['subscription_not_found', 'delivery_not_found'],
  },
  'post /v1/subscriptions/{id}/redeliver': {
    id: 'redeliverEvents',
    answers: { 202: { description: 'How many events will be sent again' } },
    errors: ['invalid_request', 'subscription_not_found'],
  },
}
