import type pg from 'pg'
import { z } from 'zod'
import { results } from '../../slo/index.ts'
import { eventTypes, typePrefix, type EventFilter } from '../base/event-filter.ts'
import type { KeyState } from '../announcing/delivery/signing-keys.ts'
import type {
  NewSubscription,
  Subscription,
  SubscriptionChanges,
  Addressee,
} from '../announcing/subscriptions/subscriptions.ts'
import { keyColumns, toKeyState } from './signing-keys.ts'
import { transaction } from './engine/transaction.ts'

/** Each event looks at all of them. */
const subscriptionsMax = 100

/** How the columns of a filter are called. */
type FilterColumn = 'types' | 'projects' | 'stages' | 'services' | 'results'

/**
 * SQL that is true when an event is for the subscription `s`. Each of `event` is an expression; a result that is null is in no list.
 * Says the same as `isWanted` of src/base/event-filter.ts.
 */
export function isFor(
  type: string,
  event: { readonly project: string; readonly stage: string; readonly service: string; readonly result: string },
): string {
  const holds = (column: FilterColumn, value: string): string =>
    `(s.${column} is null or coalesce(${value} = any (s.${column}), false))`
  return [
    holds('types', `replace(${type}, '${typePrefix}', '')`),
    holds('projects', event.project),
    holds('stages', event.stage),
    holds('services', event.service),
    holds('results', event.result),
  ].join(' and ')
}

const Names = z.array(z.string()).nullable()

const SubscriptionRow = z.object({
  id: z.string(),
  url: z.string(),
  types: z.array(z.enum(eventTypes)).nullable(),
  projects: Names,
  stages: Names,
  services: Names,
  results: z.array(z.enum(results)).nullable(),
  enabled: z.boolean(),
  paused: z.boolean(),
  disabled_because: z.string().nullable(),
  created_at: z.date(),
  changed_at: z.date(),
})

const columns = `s.id, s.url, s.types, s.projects, s.stages, s.services, s.results,
                 s.enabled, s.paused, s.disabled_because, s.created_at, s.changed_at`

function toSubscription(row: unknown): Subscription {
  const { types, projects, stages, services, results: wanted, ...parsed } = SubscriptionRow.parse(row)
  const filter = { types, projects, stages, services, results: wanted }
  return {
    id: parsed.id,
    url: parsed.url,
    filter: Object.fromEntries(Object.entries(filter).filter(([, list]) => list !== null)),
    enabled: parsed.enabled,
    paused: parsed.paused,
    disabledBecause: parsed.disabled_because,
    createdAt: parsed.created_at,
    changedAt: parsed.changed_at,
  }
}

/** In the order of the columns. */
export function listsOf({ types, projects, stages, services, results: wanted }: EventFilter): unknown[] {
  return [types, projects, stages, services, wanted].map((list) => list ?? null)
}

/** The oldest first; there are never more than a hundred. */
export async function listSubscriptions(pool: pg.Pool): Promise<readonly Subscription[]> {
  const { rows } = await pool.query(
    `select ${columns}
       from subscriptions as s
      order by s.created_at, s.id
      limit $1`,
    [subscriptionsMax * 2],
  )
  return rows.map(toSubscription)
}

export async function findSubscription(db: pg.Pool | pg.PoolClient, id: string): Promise<Subscription | undefined> {
  const { rows } = await db.query(
    `select ${columns}
       from subscriptions as s
      where s.id = $1`,
    [id],
  )
  return rows.length === 0 ? undefined : toSubscription(rows[0])
}

/** With the first generation of its key; undefined, and nothing is written, when there are as many as there may be. */
export async function addSubscription(
  pool: pg.Pool,
  { id, url, filter, enabled, paused }: NewSubscription,
  secretCheck: string,
): Promise<KeyState | undefined> {
  return transaction(pool, async (client) => {
    // Whoever counts at the same time would count the same ones.
    await client.query(`lock table subscriptions in share row exclusive mode`)
    const { rowCount } = await client.query(
      `with added as (
         insert into subscriptions (id, url, types, projects, stages, services, results, enabled, paused)
         select $1::uuid, $2::text, $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::boolean, $9::boolean
          where (select count(*) from subscriptions) < $10
         returning id)
       insert into signing_keys (sink, generation, secret_check)
       select added.id::text, 1, $11
         from added`,
      [id, url, ...listsOf(filter), enabled, paused, subscriptionsMax, secretCheck],
    )
    return rowCount === 0 ? undefined : { sink: id, generation: 1, secretCheck, earlier: [] }
  })
}

/** What is not among the changes stays; undefined when there is none. One that is enabled by hand has no reason any more. */
export async function changeSubscription(
  pool: pg.Pool,
  id: string,
  changes: SubscriptionChanges,
): Promise<Subscription | undefined> {
  return transaction(pool, async (client) => {
    await client.query(`select s.id from subscriptions as s where s.id = $1 for update`, [id])
    const standing = await findSubscription(client, id)
    if (standing === undefined) return undefined
    const { url = standing.url, enabled = standing.enabled, paused = standing.paused } = changes
    const filter = { ...standing.filter, ...changes.filter }
    const because = enabled || changes.enabled === false ? null : standing.disabledBecause
    const { rows } = await client.query(
      `update subscriptions as s
          set url = $2, types = $3, projects = $4, stages = $5, services = $6, results = $7,
              enabled = $8, paused = $9, disabled_because = $10, changed_at = now()
        where s.id = $1
       returning ${columns}`,
      [id, url, ...listsOf(filter), enabled, paused, because],
    )
    return toSubscription(rows[0])
  })
}

/** What was for it goes with its events, which is nobody's any more; false when there was none. */
export async function removeSubscription(pool: pg.Pool, id: string): Promise<boolean> {
  const { rowCount } = await pool.query(
    `with removed as (
       delete from subscriptions as s
        where s.id = $1
       returning s.id::text as sink),
     unsigned as (
       delete from signing_keys as k
        using removed
        where k.sink = removed.sink)
     select removed.sink
       from removed`,
    [id],
  )
  return rowCount === 1
}

const AddresseeRow = z.object({ sink: z.string(), url: z.string().nullable(), generation: z.number().nullable() })

/** Where subscriptions are to be sent to now, and what they and the sinks of `pharos.yaml` are signed with. */
export async function listAddressees(pool: pg.Pool): Promise<readonly Addressee[]> {
  const { rows } = await pool.query(
    `select coalesce(s.id::text, k.sink) as sink, s.url, ${keyColumns}
       from (
         select s.id, s.url
           from subscriptions as s
          where s.enabled and not s.paused) as s
       full join signing_keys as k on k.sink = s.id::text`,
  )
  return rows.map((row) => {
    const { sink, url, generation } = AddresseeRow.parse(row)
    return { sink, url, key: generation === null ? null : toKeyState(row) }
  })
}
