import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { NewEvaluation } from '../../../src/evaluation/evaluation-store.ts'
import type { EventTrigger } from '../../../src/evaluation/evaluation.ts'
import { createAnnouncer } from '../../../src/announcing/keptn-events.ts'
import type { QueueCeilings } from '../../../src/storage/queue-ceilings.ts'
import { createStore, type Store } from '../../../src/storage/store.ts'
import { freshDatabase, type FreshDatabase } from '../../support/database.ts'
import { eventSettings, newEvaluation, passed } from '../../support/evaluation.ts'

let fresh: FreshDatabase
beforeAll(async () => {
  fresh = await freshDatabase()
})
afterAll(() => fresh.remove())
beforeEach(() =>
  fresh.database.pool.query('truncate evaluations, idempotency_keys, incoming_events, outbox, deliveries'),
)

function storeWith(ceilings: Partial<QueueCeilings>): Store {
  const few = { evaluations: 3, bytes: 1_000_000, isPerToken: false, ...ceilings }
  return createStore(fresh.database.pool, createAnnouncer(eventSettings, [{ name: 'ci' }]), few)
}

const of = (project: string): Pick<NewEvaluation, 'service'> => ({
  service: { project, stage: 'staging', service: 'carts' },
})

/** `by` is written by whoever knows the token's name. */
const by = (token: string): Pick<NewEvaluation, 'trigger'> => ({ trigger: { kind: 'api', by: token } })

const inlineSlo = (text: string): Pick<NewEvaluation, 'slo'> => ({
  slo: {
    digest: `sha256:${'1'.repeat(64)}`,
    text,
    source: 'inline',
    inline: true,
    totalScore: { pass: 1, warning: null },
  },
})

async function queue(store: Store, count: number, parts: Partial<NewEvaluation> = {}): Promise<void> {
  for (let number = 0; number < count; number++) await store.accept(newEvaluation(parts))
}

async function countOf(table: string): Promise<number> {
  const { rows } = await fresh.database.pool.query<{ count: number }>(`select count(*)::integer as count from ${table}`)
  return rows[0]?.count ?? 0
}

const full = (message: string) => ({ code: 'queue_full', message })

describe('of one project', () => {
  const message = 'project shop has reached limits.queued, 3 evaluations queued: try again later'

  test('no more evaluations than the ceiling are queued', async () => {
    const store = storeWith({})
    await queue(store, 3)
    await expect(store.accept(newEvaluation())).rejects.toMatchObject(full(message))
  })

  test('others are taken meanwhile', async () => {
    const store = storeWith({})
    await queue(store, 3)
    await queue(store, 3, of('pay'))
    expect(await countOf('evaluations')).toBe(6)
  })

  test('what runs or has ended does not count', async () => {
    const store = storeWith({})
    await queue(store, 3)
    const [running] = await store.take(2, 60_000)
    await queue(store, 1)
    if (running === undefined) throw new Error('nothing was taken')
    await store.finish(running, passed)
    await queue(store, 1)
    await expect(store.accept(newEvaluation())).rejects.toMatchObject(full(message))
  })

  test('what runs at once is taken although the queue is full', async () => {
    const store = storeWith({})
    await queue(store, 3)
    const { taken } = await store.accept(newEvaluation({ leaseMs: 60_000 }))
    expect(taken).toBeDefined()
  })

  test('what would have to wait for its window is refused although a place is free', async () => {
    const store = storeWith({})
    await queue(store, 3)
    const window = { start: new Date(), end: new Date(Date.now() + 3_600_000), source: 'request' as const }
    await expect(store.accept(newEvaluation({ leaseMs: 60_000, window }))).rejects.toMatchObject(full(message))
  })

  test('SLO texts and plans count in bytes', async () => {
    const store = storeWith({ evaluations: 10, bytes: 2_000 })
    const indicator = 'ö'.repeat(400)
    const plan = [{ kind: 'pushed', indicator, provider: 'pushed', value: 1 }] as unknown as NewEvaluation['plan']
    await queue(store, 1, inlineSlo('x'.repeat(900)))
    await queue(store, 1, { plan })
    await queue(store, 1, { ...of('pay'), ...inlineSlo('x'.repeat(2_000)) })
    await queue(store, 1, inlineSlo('x'.repeat(500)))
    const { rows } = await fresh.database.pool.query<{ queued_bytes: number }>(
      `select e.queued_bytes from evaluations as e where e.project = 'shop' order by e.accepted_at`,
    )
    expect(rows.map(({ queued_bytes: bytes }) => bytes)).toEqual([
      902,
      Buffer.byteLength(JSON.stringify(plan)) + 'objectives: []\n'.length,
      502,
    ])
    const bytes = 'project shop has reached limits.queuedBytes, 2000 bytes of SLOs and plans queued: try again later'
    await expect(store.accept(newEvaluation())).rejects.toMatchObject(full(bytes))
  })

  test('a refusal leaves nothing behind', async () => {
    const store = storeWith({})
    await queue(store, 3)
    const written = await countOf('outbox')
    const idempotency = { key: 'k', bodyDigest: 'd' }
    const trigger: EventTrigger = { kind: 'event', id: randomUUID(), source: 'shipyard', type: 't' }
    for (const parts of [{ idempotency }, { trigger }]) {
      await expect(store.accept(newEvaluation(parts))).rejects.toMatchObject(full(message))
    }
    expect(await Promise.all(['outbox', 'idempotency_keys', 'incoming_events'].map(countOf))).toEqual([written, 0, 0])
    const [taken] = await store.take(1, 60_000)
    expect(taken).toBeDefined()
    expect(await store.accept(newEvaluation({ idempotency }))).toMatchObject({ replayed: false })
  })

  test('what was accepted before is never refused', async () => {
    const store = storeWith({})
    const idempotency = { key: 'k', bodyDigest: 'd' }
    const trigger: EventTrigger = { kind: 'event', id: randomUUID(), source: 'shipyard', type: 'a' }
    const context = randomUUID()
    const known = await store.accept(newEvaluation({ idempotency }))
    const triggered = await store.accept(newEvaluation({ trigger, context }))
    await queue(store, 1)
    const again = await store.accept(newEvaluation({ idempotency }))
    const twice = await store.accept(newEvaluation({ trigger, context: randomUUID() }))
    const joined = await store.accept(newEvaluation({ trigger: { ...trigger, id: randomUUID(), type: 'b' }, context }))
    expect([again.replayed, again.evaluation.id]).toEqual([true, known.evaluation.id])
    expect([twice.replayed, twice.evaluation.id]).toEqual([true, triggered.evaluation.id])
    expect([joined.joined, joined.evaluation.id]).toEqual([true, triggered.evaluation.id])
  })

  test('simultaneous requests exceed it by at most one for each connection', async () => {
    const store = storeWith({ evaluations: 20 })
    const outcomes = await Promise.allSettled(Array.from({ length: 200 }, () => store.accept(newEvaluation())))
    const connections = fresh.database.kind === 'postgres' ? 10 : 1
    const queued = outcomes.filter(({ status }) => status === 'fulfilled').length
    expect(await countOf('evaluations')).toBe(queued)
    expect(queued).toBeGreaterThanOrEqual(20)
    expect(queued).toBeLessThan(20 + connections)
  })
})

describe('of one token', () => {
  const message = 'the token of this request has reached limits.queued, 3 evaluations queued: try again later'

  test('no more than the ceiling is queued, over all projects', async () => {
    const store = storeWith({ isPerToken: true })
    for (const project of ['shop', 'pay', 'ship']) await queue(store, 1, { ...of(project), ...by('ci') })
    await expect(store.accept(newEvaluation(by('ci')))).rejects.toMatchObject(full(message))
    await queue(store, 1, by('release'))
    await queue(store, 1)
  })

  test('of all together nothing is counted while there is one', async () => {
    const store = storeWith({ isPerToken: false })
    for (const project of ['shop', 'pay', 'ship', 'shop']) await queue(store, 1, { ...of(project), ...by('ci') })
    expect(await countOf('evaluations')).toBe(4)
  })
})
