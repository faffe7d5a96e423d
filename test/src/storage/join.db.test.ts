import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { EventTrigger } from '../../../src/evaluation/evaluation.ts'
import type { Store } from '../../../src/storage/store.ts'
import { newEvaluation, passed } from '../../support/evaluation.ts'
import { openTwoStores, type TwoStores } from '../../support/two-stores.ts'

/** Keptn's control plane sends a trigger of the sequence and one of its task: two processes may get one each. */

let stores: TwoStores
let one: Store
let two: Store

beforeAll(async () => {
  stores = await openTwoStores()
  ;({ one, two } = stores)
})
afterAll(() => stores.remove())
beforeEach(() => stores.empty())

function trigger(form: 'stage' | 'task'): EventTrigger {
  const type = form === 'task' ? 'sh.keptn.event.evaluation.triggered' : 'sh.keptn.event.staging.evaluation.triggered'
  return { kind: 'event', id: `${form}-${randomUUID()}`, source: 'shipyard-controller', type }
}

/** What was announced, as `type triggeredid`, oldest first. */
async function announced(): Promise<readonly string[]> {
  const { rows } = await stores.pool.query<{ body: string }>('select o.body from outbox as o order by o.position')
  return rows.map(({ body }) => {
    const { type, triggeredid } = JSON.parse(body)
    return `${type.split('.').at(-1)} ${triggeredid}`
  })
}

const context = 'b9f0f5a2-3d0e-4c3f-9a57-5b2a6f9d1c11'

async function accept(store: Store, event: EventTrigger, parts: Parameters<typeof newEvaluation>[0] = {}) {
  return store.accept(newEvaluation({ context, trigger: event, ...parts }))
}

test('a trigger of the other form joins: both are told it started, the later one what came of it', async () => {
  const [stage, task] = [trigger('stage'), trigger('task')]
  const first = await accept(one, stage, { leaseMs: 60_000 })
  const later = await accept(two, task, { leaseMs: 60_000 })
  expect(later).toMatchObject({ joined: true, replayed: false })
  expect(later.taken).toBeUndefined()
  expect(later.evaluation.id).toBe(first.evaluation.id)
  if (first.taken === undefined) throw new Error('the first was not taken')
  const { id, source, type } = stage
  const ended = await one.finish(first.taken, passed)
  expect(ended).toMatchObject({ state: 'succeeded', trigger: { ...task, joined: { id, source, type } } })
  expect(await one.find(first.evaluation.id)).toEqual(ended)
  expect(await announced()).toEqual([`started ${stage.id}`, `started ${task.id}`, `finished ${task.id}`])
})

for (const [first, second] of [
  [{}, { unsigned: true }],
  [{ unsigned: true }, {}],
] as const) {
  test(`${first.unsigned ? 'a trigger that is vouched for' : 'an unsigned trigger'} does not join one that is not like it`, async () => {
    const opened = await accept(one, { ...trigger('stage'), ...first })
    const other = { ...trigger('task'), ...second }
    const later = await accept(two, other)
    expect(later.joined).toBeUndefined()
    expect(later.evaluation).toMatchObject({ trigger: other })
    expect(later.evaluation.id).not.toBe(opened.evaluation.id)
    expect(await one.find(later.evaluation.id)).toMatchObject({ trigger: other })
  })
}

test('two unsigned triggers are one evaluation', async () => {
  const stage = { ...trigger('stage'), unsigned: true } as const
  await accept(one, stage)
  const later = await accept(two, { ...trigger('task'), unsigned: true })
  expect(later).toMatchObject({ joined: true, evaluation: { trigger: { unsigned: true, joined: { id: stage.id } } } })
  expect(await one.find(later.evaluation.id)).toMatchObject({ trigger: { unsigned: true, joined: { id: stage.id } } })
})

test('both triggers again find the one evaluation, open and ended', async () => {
  const [stage, task] = [trigger('stage'), trigger('task')]
  const { evaluation, taken } = await accept(one, stage, { leaseMs: 60_000 })
  await accept(two, task)
  const again = async () => Promise.all([accept(two, stage), accept(one, task)])
  for (const found of await again()) expect(found).toMatchObject({ replayed: true, evaluation: { id: evaluation.id } })
  if (taken !== undefined) await one.finish(taken, passed)
  for (const found of await again()) expect(found).toMatchObject({ replayed: true, evaluation: { id: evaluation.id } })
  expect(await announced()).toHaveLength(3)
})

test('one that waits may be joined too, and is cancelled for the later trigger', async () => {
  const [stage, task] = [trigger('stage'), trigger('task')]
  const { evaluation } = await accept(one, stage)
  await accept(two, task)
  expect(await one.cancel(evaluation.id)).toMatchObject({ evaluation: { state: 'aborted', trigger: { id: task.id } } })
  expect((await announced()).at(-1)).toBe(`finished ${task.id}`)
})

describe('nothing is joined', () => {
  for (const { title, first, parts } of [
    { title: 'by a trigger of the same form', first: trigger('task'), parts: {} },
    { title: 'in another context', first: trigger('stage'), parts: { context: randomUUID() } },
    {
      title: 'of another service',
      first: trigger('stage'),
      parts: { service: { project: 'shop', stage: 'staging', service: 'orders' } },
    },
    { title: 'that a caller asked for', first: { kind: 'api' }, parts: {} },
  ] as const) {
    test(`an evaluation ${title}`, async () => {
      const standing = await one.accept(newEvaluation({ context, trigger: first }))
      const later = await accept(two, trigger('task'), parts)
      expect(later.joined).toBeUndefined()
      expect(later.evaluation.id).not.toBe(standing.evaluation.id)
    })
  }

  test('that has ended', async () => {
    const { evaluation, taken } = await accept(one, trigger('stage'), { leaseMs: 60_000 })
    if (taken !== undefined) await one.finish(taken, passed)
    expect((await accept(two, trigger('task'))).evaluation.id).not.toBe(evaluation.id)
  })

  test('a second time', async () => {
    const { evaluation } = await accept(one, trigger('stage'))
    await accept(two, trigger('task'))
    expect((await accept(one, trigger('stage'))).evaluation.id).not.toBe(evaluation.id)
  })
})

test('both forms at once, to two processes, are one evaluation each time', async () => {
  const contexts = Array.from({ length: 20 }, () => randomUUID())
  const pairs = await Promise.all(
    contexts.map((own) =>
      Promise.all([accept(one, trigger('stage'), { context: own }), accept(two, trigger('task'), { context: own })]),
    ),
  )
  for (const [first, later] of pairs) {
    expect(later.evaluation.id).toBe(first.evaluation.id)
    expect([first.joined, later.joined].filter(Boolean)).toEqual([true])
  }
})

test('the same event to both processes at once is one evaluation each time', async () => {
  const events = Array.from({ length: 20 }, () => trigger('task'))
  const accepted = await Promise.all(
    events.map((event) =>
      Promise.all([one, two, one, two].map((store) => accept(store, event, { context: randomUUID() }))),
    ),
  )
  for (const replies of accepted) {
    expect(new Set(replies.map(({ evaluation }) => evaluation.id)).size).toBe(1)
    expect(replies.filter(({ replayed }) => !replayed)).toHaveLength(1)
  }
  expect(await announced()).toHaveLength(events.length)
})

test('joining and ending at once leaves no trigger without its answer', async () => {
  for (let round = 0; round < 20; round++) {
    const own = randomUUID()
    const [stage, task] = [trigger('stage'), trigger('task')]
    const { taken } = await accept(one, stage, { context: own, leaseMs: 60_000 })
    if (taken === undefined) throw new Error('it was not taken')
    const [ended, later] = await Promise.all([one.finish(taken, passed), accept(two, task, { context: own })])
    const answered = ended?.trigger.kind === 'event' ? ended.trigger.id : undefined
    expect(answered).toBe(later.joined === true ? task.id : stage.id)
    expect((await announced()).filter((told) => told === `finished ${answered}`)).toHaveLength(1)
  }
})
