import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { TakenEvaluation } from '../../../src/evaluation/evaluation-store.ts'
import { eventId, finishedType, startedType } from '../../../src/announcing/keptn-events.ts'
import { releaseAllLeases } from '../../../src/storage/evaluation-queue.ts'
import type { Store } from '../../../src/storage/store.ts'
import { newEvaluation, passed } from '../../support/evaluation.ts'
import { openTwoStores, type TwoStores } from '../../support/two-stores.ts'

let stores: TwoStores
let one: Store
let two: Store

beforeAll(async () => {
  stores = await openTwoStores()
  ;({ one, two } = stores)
})
afterAll(() => stores.remove())
beforeEach(() => stores.empty())

async function accept(parts: Parameters<typeof newEvaluation>[0] = {}): Promise<string> {
  const { evaluation } = await one.accept(newEvaluation(parts))
  return evaluation.id
}

async function takeOne(store: Store, leaseMs = 60_000): Promise<TakenEvaluation> {
  const [taken] = await store.take(1, leaseMs)
  if (taken === undefined) throw new Error('there was nothing to take')
  return taken
}

async function events(): Promise<readonly string[]> {
  const { rows } = await stores.pool.query<{ id: string }>(
    'select o.event_id as id from outbox as o order by o.position',
  )
  return rows.map(({ id }) => id)
}

/** How many seconds a lease has left. */
async function leaseLeft(id: string): Promise<number> {
  const { rows } = await stores.pool.query<{ left: number }>(
    `select extract(epoch from e.lease_until - now())::double precision as left from evaluations as e where e.id = $1`,
    [id],
  )
  return rows[0]?.left ?? 0
}

const ids = (taken: readonly TakenEvaluation[]): readonly string[] => taken.map(({ evaluation }) => evaluation.id)

describe('taking', () => {
  test('from both sides at once takes each evaluation once', async () => {
    const accepted: string[] = []
    for (let count = 0; count < 20; count++) accepted.push(await accept())
    const rounds = Array.from({ length: 10 }, (_, round) => (round % 2 === 0 ? one : two).take(3, 60_000))
    const taken = (await Promise.all(rounds)).flatMap(ids)
    expect(taken.toSorted()).toEqual(accepted.toSorted())
    expect(await two.take(3, 60_000)).toEqual([])
  })

  test('begins with the oldest', async () => {
    const first = await accept()
    const next = await accept()
    expect(ids(await two.take(1, 60_000))).toEqual([first])
    expect(ids(await two.take(1, 60_000))).toEqual([next])
  })

  describe('of several projects', () => {
    const of = (project: string) => ({ service: { project, stage: 'staging', service: 'carts' } })
    const projectsOf = (taken: readonly TakenEvaluation[]) => taken.map(({ evaluation }) => evaluation.project)
    const fresh = { running: new Map<string, number>(), runningMax: 1000, areAlone: false }

    test('takes from projects in turn, the oldest of each first', async () => {
      const many: string[] = []
      for (let count = 0; count < 6; count++) many.push(await accept(of('many')))
      const few = [await accept(of('few')), await accept(of('few'))]
      const taken = await two.take(4, 60_000)
      expect(projectsOf(taken).toSorted()).toEqual(['few', 'few', 'many', 'many'])
      expect(ids(taken).toSorted()).toEqual([...many.slice(0, 2), ...few].toSorted())
      expect(projectsOf(await two.take(9, 60_000))).toEqual(['many', 'many', 'many', 'many'])
    })

    test('begins with the project that has the fewest running', async () => {
      for (let count = 0; count < 3; count++) await accept(of('a'))
      for (let count = 0; count < 3; count++) await accept(of('b'))
      const taken = await two.take(2, 60_000, { ...fresh, running: new Map([['a', 2]]) })
      expect(projectsOf(taken)).toEqual(['b', 'b'])
    })

    test('leaves out a project that has all it may have', async () => {
      for (let count = 0; count < 3; count++) await accept(of('a'))
      expect(await two.take(3, 60_000, { ...fresh, running: new Map([['a', 5]]), runningMax: 5 })).toEqual([])
      expect(await two.take(3, 60_000, { ...fresh, running: new Map([['a', 5]]), runningMax: 7 })).toHaveLength(2)
    })

    test('takes what a process left behind in its turn, too', async () => {
      for (let count = 0; count < 3; count++) await accept(of('a'))
      await one.take(3, 0)
      await accept(of('b'))
      expect(projectsOf(await two.take(2, 60_000)).toSorted()).toEqual(['a', 'b'])
    })

    test('takes what asks no provider separately, however much waits before it', async () => {
      const plan = [{ kind: 'asked', indicator: 'i', provider: 'p', name: 'i', definition: 'q', query: 'q' }] as const
      for (let count = 0; count < 5; count++) await accept({ ...of('a'), plan })
      const alone = await accept(of('a'))
      expect(ids(await two.take(9, 60_000, { ...fresh, areAlone: true }))).toEqual([alone])
    })

    test('takes what asks no provider although its project has all that it may have of what asks some', async () => {
      const alone = await accept(of('a'))
      const full = { ...fresh, running: new Map([['a', 5]]), runningMax: 5 }
      expect(ids(await two.take(9, 60_000, { ...full, areAlone: true }))).toEqual([alone])
    })
  })

  test('leaves what is not due', async () => {
    const end = new Date(Date.now() + 60_000)
    const { evaluation, taken } = await one.accept(
      newEvaluation({ window: { start: new Date(0), end, source: 'request' }, leaseMs: 60_000 }),
    )
    expect(evaluation.state).toBe('queued')
    expect(taken).toBeUndefined()
    expect(await two.take(1, 60_000)).toEqual([])
  })

  test('leaves what was taken as it was written', async () => {
    const { evaluation, taken } = await one.accept(newEvaluation({ leaseMs: 60_000 }))
    expect(evaluation).toMatchObject({ state: 'running', startedAt: expect.any(Date) })
    expect(taken).toMatchObject({ runs: 1 })
    expect(await two.take(1, 60_000)).toEqual([])
    expect(await one.find(evaluation.id)).toEqual(evaluation)
  })

  test('leaves what has ended', async () => {
    await accept()
    await one.finish(await takeOne(one, 0), passed)
    expect(await two.take(1, 60_000)).toEqual([])
  })
})

describe('a lease that has run out', () => {
  let lost: TakenEvaluation
  let held: TakenEvaluation
  let id: string
  beforeEach(async () => {
    id = await accept()
    lost = await takeOne(one, 0)
    held = await takeOne(two)
  })

  test('is another’s, and that counts as one more run', () => {
    expect(held.evaluation.id).toBe(id)
    expect([lost.runs, held.runs]).toEqual([1, 2])
    expect(held.evaluation.startedAt).toEqual(lost.evaluation.startedAt)
  })

  test('cannot be prolonged', async () => {
    expect(await one.extend([lost], 600_000)).toEqual(new Set())
    expect(await leaseLeft(id)).toBeLessThan(61)
  })

  test('cannot be given back', async () => {
    await one.release(lost)
    expect(await leaseLeft(id)).toBeGreaterThan(0)
    expect(await two.extend([held], 60_000)).toEqual(new Set([id]))
  })

  test('writes no outcome and announces nothing', async () => {
    expect(await one.finish(lost, { ...passed, result: 'fail', baselineResult: 'fail', score: 0 })).toBeUndefined()
    expect(await one.find(id)).toMatchObject({ state: 'running', result: null })
    expect(await events()).toEqual([eventId(id, startedType)])
    expect(await two.finish(held, passed)).toMatchObject({ state: 'succeeded', result: 'pass' })
    expect(await two.finish(held, passed)).toBeUndefined()
    expect(await one.finish(lost, passed)).toBeUndefined()
    expect(await events()).toEqual([eventId(id, startedType), eventId(id, finishedType)])
  })

  test('and both at once: one outcome, one event', async () => {
    const outcomes = await Promise.all([
      one.finish(lost, { ...passed, score: 99 }),
      two.finish(held, passed),
      two.finish(held, { ...passed, score: 98 }),
    ])
    expect(outcomes.filter((outcome) => outcome !== undefined)).toHaveLength(1)
    expect((await one.find(id))?.score).not.toBe(99)
    expect(await events()).toHaveLength(2)
  })
})

describe('cancelling', () => {
  test('ends what waits, what runs and what is held elsewhere, with one event', async () => {
    const waiting = await accept()
    expect(await one.cancel(waiting)).toMatchObject({
      evaluation: { state: 'aborted', result: 'fail', score: null, startedAt: null },
      hasChanged: true,
    })
    const running = await accept()
    const taken = await takeOne(two)
    expect(await one.cancel(running)).toMatchObject({
      evaluation: { id: running, state: 'aborted', reasons: [{ code: 'cancelled' }] },
    })
    expect(await two.extend([taken], 60_000)).toEqual(new Set())
    expect(await two.finish(taken, passed)).toBeUndefined()
    expect(await one.cancel(running)).toMatchObject({ evaluation: { state: 'aborted' }, hasChanged: false })
    expect(await events()).toEqual(
      [waiting, running].flatMap((id) => [eventId(id, startedType), eventId(id, finishedType)]),
    )
    expect(await one.take(1, 1000)).toEqual([])
  })

  test('leaves what has ended, and knows nothing of others', async () => {
    const id = await accept()
    await one.finish(await takeOne(one), passed)
    expect(await one.cancel(id)).toMatchObject({
      evaluation: { state: 'succeeded', result: 'pass' },
      hasChanged: false,
    })
    expect(await one.cancel('01993b6e-7a4c-7c1e-8d7e-4a1f0b2c3d4e')).toBeUndefined()
    expect(await events()).toHaveLength(2)
  })

  test('and an outcome at once: one of them, and one event', async () => {
    const id = await accept()
    const taken = await takeOne(two)
    await Promise.all([one.cancel(id), two.finish(taken, passed), one.cancel(id)])
    expect(['aborted', 'succeeded']).toContain((await one.find(id))?.state)
    expect(await events()).toEqual([eventId(id, startedType), eventId(id, finishedType)])
  })
})

test('a lease that is prolonged in time stays', async () => {
  const id = await accept()
  const taken = await takeOne(one, 2_000)
  expect(await one.extend([taken], 60_000)).toEqual(new Set([id]))
  expect(await leaseLeft(id)).toBeGreaterThan(50)
})

test('leases that are still ours are extended together', async () => {
  const accepted = [await accept(), await accept(), await accept()]
  const taken = await one.take(3, 2_000)
  const [lost, ...kept] = taken
  await one.cancel(lost?.evaluation.id ?? '')
  expect(await one.extend(taken, 60_000)).toEqual(new Set(ids(kept)))
  for (const id of ids(kept)) expect(await leaseLeft(id)).toBeGreaterThan(50)
  expect(ids(taken).toSorted()).toEqual(accepted.toSorted())
})

test('what is given back is taken at once, and is no run', async () => {
  const id = await accept()
  await one.release(await takeOne(one))
  const again = await takeOne(two)
  expect(again).toMatchObject({ runs: 1, evaluation: { id, state: 'running' } })
})

test('when nobody else can be there, every lease ends at once', async () => {
  await accept()
  await takeOne(one)
  expect(await two.take(1, 60_000)).toEqual([])
  await releaseAllLeases(stores.pool)
  expect(await takeOne(two)).toMatchObject({ runs: 2 })
})

describe('an idempotency key', () => {
  const idempotency = { key: 'run-1', bodyDigest: 'digest' }

  test('from both sides at once is one evaluation, started once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) => (index % 2 === 0 ? one : two).accept(newEvaluation({ idempotency }))),
    )
    expect(new Set(answers.map(({ evaluation }) => evaluation.id)).size).toBe(1)
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1)
    expect(await events()).toHaveLength(1)
    expect(ids(await one.take(5, 60_000))).toHaveLength(1)
  })

  test('says which body it came with', async () => {
    const id = await accept({ idempotency })
    const known = await two.findByKey(newEvaluation().service, 'run-1')
    expect(known).toMatchObject({ bodyDigest: 'digest', evaluation: { id } })
    expect(await two.findByKey(newEvaluation().service, 'run-2')).toBeUndefined()
  })

  test('is forgotten after 30 days, and then stands for the next evaluation', async () => {
    const old = await accept({ idempotency })
    const age = (days: number) =>
      stores.pool.query('update idempotency_keys set created_at = now() - make_interval(days => $1)', [days])
    await age(29)
    expect(await accept({ idempotency })).toBe(old)
    await age(30)
    expect(await one.findByKey(newEvaluation().service, 'run-1')).toBeUndefined()
    const anew = await accept({ idempotency: { ...idempotency, bodyDigest: 'another' } })
    expect(anew).not.toBe(old)
    expect(await one.findByKey(newEvaluation().service, 'run-1')).toMatchObject({
      bodyDigest: 'another',
      evaluation: { id: anew },
    })
  })
})
