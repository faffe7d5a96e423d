import { z } from 'zod'
import { results } from '../../../slo/index.ts'
import { durationPattern, formatDuration, parseDuration } from '../../base/duration.ts'
import { eventTypes, type EventFilter } from '../../base/event-filter.ts'
import { Name, ServiceName } from '../../base/names.ts'
import { isShownOnly, shownUrl } from '../../base/shown-url.ts'
import type { IssuedKey } from '../../announcing/subscriptions/manage.ts'
import {
  deliveryStates,
  type PastDelivery,
  type Subscriber,
  type SubscriberKey,
  type SubscriptionChanges,
} from '../../announcing/subscriptions/subscriptions.ts'
import { WebhookUrl } from '../../net/webhook-url.ts'
import { parseTimestamp, zonedTimestampPattern } from '../../base/window.ts'
import { Timestamp, Uuid } from '../formats.ts'
import { exactly } from './requests.ts'

const listMax = 100

/** One that is empty would want nothing, which nobody can mean. */
function listOf<Item extends z.ZodType>(item: Item) {
  return z.array(item).min(1, 'must not be empty: leave it out for everything').max(listMax)
}

const Types = listOf(
  z.enum(eventTypes, { error: `must be ${eventTypes.join(' or ')}, without what Keptn puts in front` }),
).describe('Every type without it')

const Filter = exactly({
  projects: listOf(Name).optional(),
  stages: listOf(Name).optional(),
  services: listOf(ServiceName).optional(),
  results: listOf(z.enum(results)).optional().describe('Of evaluations that have ended; what only began is left out'),
}).describe('An event must be in each list; one that is not there holds all')

/** One that was copied from an answer of ours would lose its secret when it is sent back. */
const Url = WebhookUrl.refine((url) => !isShownOnly(url), 'holds *** where an answer hides a value: give the whole URL')

export const SubscriptionRequest = exactly({
  url: Url,
  types: Types.optional(),
  filter: Filter.optional(),
  enabled: z.boolean().default(true).describe('Nothing new is for it while it is not'),
  paused: z.boolean().default(false).describe('What is for it waits'),
}).meta({ id: 'SubscriptionRequest' })

export const SubscriptionPatch = exactly({
  url: Url.optional(),
  types: Types.nullable().optional().describe('null: every type'),
  filter: Filter.nullable().optional().describe('Replaces the whole filter; null: everything'),
  enabled: z.boolean().optional(),
  paused: z.boolean().optional(),
})
  .refine((body) => Object.keys(body).length > 0, {
    error: 'must have at least one of url, types, filter, enabled and paused',
    // Of what is wrong already nothing more is said.
    when: ({ issues }) => issues.length === 0,
  })
  .meta({ id: 'SubscriptionPatch', minProperties: 1 })

const overlapMaxMs = 7 * 24 * 3_600_000

export const RotateKeyRequest = exactly({
  overlap: z
    .string()
    .meta({ pattern: durationPattern, default: '24h' })
    .transform((text, context) => {
      const ms = parseDuration(text)
      if (isWithin(ms)) return ms
      const message = `must be a duration from 0s to ${formatDuration(overlapMaxMs)}, such as 24h`
      const params = new RegExp(durationPattern).test(text) ? { code: 'out_of_range' } : {}
      context.addIssue({ code: 'custom', message, params })
      return z.NEVER
    })
    .prefault('24h')
    .describe('How long messages are also signed with earlier keys; no key is used longer than it would have been'),
})
  .nullish()
  .transform((body) => body?.overlap ?? 24 * 3_600_000)
  .meta({ id: 'RotateKeyRequest' })

function isWithin(ms: number | undefined): ms is number {
  return ms !== undefined && ms >= 0 && ms <= overlapMaxMs
}

const sinceExpected = 'must be a time as RFC 3339 has it, such as 2026-11-27T08:00:00Z'

export const RedeliverRequest = exactly({
  since: z
    .string({ error: sinceExpected })
    // Without a zone, whose time it is would be a guess.
    .regex(new RegExp(zonedTimestampPattern), sinceExpected)
    .transform((text, context) => {
      const since = parseTimestamp(text)
      if (since !== undefined) return since
      // A day that its month does not have, which no pattern can rule out.
      context.addIssue({ code: 'custom', message: sinceExpected, params: { code: 'out_of_range' } })
      return z.NEVER
    })
    .describe('Every event written since then that its filter wants now, whether it was sent before or not'),
}).meta({ id: 'RedeliverRequest' })

const KeyWire = z
  .object({
    generation: z.int().describe('From 1'),
    earlier: z
      .array(z.object({ generation: z.int(), until: Timestamp }))
      .describe('Messages are signed with these too, each until then'),
    isAtHand: z.boolean().describe('Else the secret is another one than it was derived from, and nothing is sent'),
  })
  .meta({ id: 'SubscriptionKey' })

export const SubscriptionWire = z
  .object({
    id: z.string().describe('A UUID; of a sink of pharos.yaml its name'),
    origin: z.enum(['api', 'file']),
    url: z.string().describe('The values of its query are secret and shown as ***'),
    types: z.array(z.enum(eventTypes)).nullable(),
    filter: z.object({
      projects: z.array(z.string()).nullable(),
      stages: z.array(z.string()).nullable(),
      services: z.array(z.string()).nullable(),
      results: z.array(z.enum(results)).nullable(),
    }),
    enabled: z.boolean(),
    paused: z.boolean(),
    disabledBecause: z.string().nullable().describe('What it answered when that disabled it'),
    key: KeyWire.nullable().describe('Null: its messages are not signed'),
    waiting: z.int().describe('Events that were not delivered yet; 100,000 stands for more too'),
    givenUp: z.int().describe('Events that it refused for good, counted likewise'),
    createdAt: Timestamp.nullable(),
    changedAt: Timestamp.nullable(),
  })
  .meta({ id: 'Subscription' })

export const IssuedKeyWire = KeyWire.extend({
  signingKey: z.string().describe('Of Standard Webhooks, whsec_…; shown this once'),
}).meta({ id: 'IssuedSubscriptionKey' })

export const CreatedWire = SubscriptionWire.extend({
  signingKey: z.string().describe('Of Standard Webhooks, whsec_…; shown this once'),
}).meta({ id: 'CreatedSubscription' })

export const TriedWire = z
  .object({ ok: z.boolean().describe('It took the event'), message: z.string(), durationMs: z.number() })
  .meta({ id: 'SubscriptionTried' })

export const DeliveryWire = z
  .object({
    eventId: Uuid,
    eventType: z.string(),
    evaluation: Uuid.describe('Its id'),
    state: z.enum(deliveryStates),
    attempts: z.int(),
    writtenAt: Timestamp,
    dueAt: Timestamp.nullable().describe('When it is tried next, unless others of its service are before it'),
    deliveredAt: Timestamp.nullable(),
    givenUpAt: Timestamp.nullable(),
    lastError: z.string().nullable(),
  })
  .meta({ id: 'Delivery' })

export function toChanges({ types, filter, ...others }: z.infer<typeof SubscriptionPatch>): SubscriptionChanges {
  const lists: EventFilter = {
    ...(types === undefined ? {} : { types: types ?? undefined }),
    ...(filter === undefined
      ? {}
      : { projects: filter?.projects, stages: filter?.stages, services: filter?.services, results: filter?.results }),
  }
  return { ...others, filter: lists }
}

export function subscriptionToWire(subscriber: Subscriber): z.infer<typeof SubscriptionWire> {
  const { filter, key, createdAt, changedAt, ...same } = subscriber
  const { types, projects, stages, services, results: wanted } = filter
  return {
    ...same,
    url: shownUrl(same.url),
    types: copied(types),
    filter: {
      projects: copied(projects),
      stages: copied(stages),
      services: copied(services),
      results: copied(wanted),
    },
    key: key && keyToWire(key),
    createdAt: createdAt?.toISOString() ?? null,
    changedAt: changedAt?.toISOString() ?? null,
  }
}

function copied<Item>(list: readonly Item[] | undefined): Item[] | null {
  return list === undefined ? null : [...list]
}

function keyToWire({ generation, earlier, isAtHand }: SubscriberKey): z.infer<typeof KeyWire> {
  const ends = earlier.map((key) => ({ generation: key.generation, until: key.until.toISOString() }))
  return { generation, earlier: ends, isAtHand }
}

export function issuedKeyToWire(key: IssuedKey): z.infer<typeof IssuedKeyWire> {
  return { ...keyToWire(key), signingKey: key.signingKey }
}

export function deliveryToWire({ evaluationId, ...past }: PastDelivery): z.infer<typeof DeliveryWire> {
  return {
    eventId: past.eventId,
    eventType: past.eventType,
    evaluation: evaluationId,
    state: past.state,
    attempts: past.attempts,
    writtenAt: past.writtenAt.toISOString(),
    dueAt: past.dueAt?.toISOString() ?? null,
    deliveredAt: past.deliveredAt?.toISOString() ?? null,
    givenUpAt: past.givenUpAt?.toISOString() ?? null,
    lastError: past.lastError,
  }
}
