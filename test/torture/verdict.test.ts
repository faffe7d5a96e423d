import { describe, expect, test } from 'vitest'
import { finishedType, startedType } from '../../src/announcing/keptn-events.ts'
import type { Trigger } from './triggers.ts'
import { judgeRun, type Records } from './verdict.ts'
import { createWitness } from './witness.ts'

/** Two events of one wish, `task` and `stage`. Times are seconds. */
interface Case {
  readonly title: string
  /** Which evaluation each was answered with. */
  readonly answered: Readonly<Record<'task' | 'stage', string>>
  readonly rows: readonly {
    readonly id: string
    readonly trigger: string
    readonly from: number
    readonly to: number
  }[]
  /** Each event as it was told: the evaluation and the trigger that it answers. */
  readonly started: readonly (readonly [evaluation: string, trigger: string])[]
  readonly finished: readonly (readonly [evaluation: string, trigger: string])[]
  readonly verdict: object
}

const right = { lost: 0, doubled: 0, unanswered: 0, bodiesChanged: 0, late: 0 }
const joined = { answered: { task: 'a', stage: 'a' }, rows: [{ id: 'a', trigger: 'stage', from: 0, to: 2 }] }
const own = { answered: { task: 'a', stage: 'b' }, rows: [{ id: 'a', trigger: 'task', from: 0, to: 2 }] }
const both = [
  ['a', 'task'],
  ['b', 'stage'],
] as const

const cases: readonly Case[] = [
  {
    title: 'the later one joined, each answered by a started event, and the finished one answers the later',
    ...joined,
    started: [
      ['a', 'task'],
      ['a', 'stage'],
    ],
    finished: [['a', 'stage']],
    verdict: { ...right, accepted: 1, joined: 1, apart: 0 },
  },
  {
    title: 'the later one joined, and nothing answers the first',
    ...joined,
    started: [['a', 'stage']],
    finished: [['a', 'stage']],
    verdict: { ...right, accepted: 1, joined: 1, unanswered: 1 },
  },
  {
    title: 'the later one joined, and the finished event answers the first',
    ...joined,
    started: [
      ['a', 'task'],
      ['a', 'stage'],
    ],
    finished: [['a', 'task']],
    verdict: { ...right, accepted: 1, joined: 1, unanswered: 1 },
  },
  {
    title: 'the second came when the first had ended',
    ...own,
    rows: [...own.rows, { id: 'b', trigger: 'stage', from: 2, to: 3 }],
    started: both,
    finished: both,
    verdict: { ...right, accepted: 2, joined: 0, apart: 1 },
  },
  {
    title: 'the second came before the first had ended and did not join',
    ...own,
    rows: [...own.rows, { id: 'b', trigger: 'stage', from: 1, to: 3 }],
    started: both,
    finished: both,
    verdict: { ...right, accepted: 2, joined: 0, apart: 0, doubled: 1 },
  },
  {
    title: 'the second ended, and nobody was told',
    ...own,
    rows: [...own.rows, { id: 'b', trigger: 'stage', from: 2, to: 3 }],
    started: both,
    finished: [['a', 'task']],
    verdict: { ...right, accepted: 2, apart: 1, lost: 1, unanswered: 1 },
  },
]

describe('two events of one wish', () => {
  for (const { title, answered, rows, started, finished, verdict } of cases) {
    test(`of which ${title}`, () => {
      const witness = createWitness()
      for (const [evaluation, trigger] of started) witness.record(bodyOf(startedType, evaluation, trigger))
      for (const [evaluation, trigger] of finished) witness.record(bodyOf(finishedType, evaluation, trigger))
      const wishes = [[triggerOf('task'), triggerOf('stage')]] as const
      const idsOf = new Map(Object.entries(answered).map(([key, id]) => [key, new Set([id])]))
      const told = { wishes, idsOf, refused: [], sent: 2 }
      const limits = { measureTimeoutMs: 10_000, queueTimeoutMs: 0, leaseMs: 3_000 }
      const records = { rows: rows.map(rowOf), events: [] }
      expect(judgeRun(records, { told, witnesses: [witness], faults: [] }, limits)).toMatchObject(verdict)
    })
  }
})

describe('a trigger that NATS has', () => {
  const told = {
    wishes: [[{ by: 'nats', key: 'task', subject: 'sh.keptn.event.evaluation.triggered', body: '{}' }]],
    idsOf: new Map(),
    refused: [],
    sent: 1,
  } as const
  for (const { title, rows, joinedBy, lost, doubled, accepted } of [
    { title: 'set off an evaluation', rows: ['a'], joinedBy: undefined, lost: 0, doubled: 0, accepted: 1 },
    { title: 'joined one', rows: ['a'], joinedBy: 'task', lost: 0, doubled: 0, accepted: 1 },
    { title: 'was taken by nobody', rows: [], joinedBy: undefined, lost: 1, doubled: 0, accepted: 0 },
    { title: 'set off two', rows: ['a', 'b'], joinedBy: undefined, lost: 0, doubled: 1, accepted: 2 },
  ]) {
    test(`and that ${title}: ${lost} lost, ${doubled} doubled`, () => {
      const witness = createWitness()
      for (const id of rows) witness.record(bodyOf(finishedType, id, 'task'))
      const row = (id: string): Records['rows'][number] => ({
        ...rowOf({ id, trigger: joinedBy === undefined ? 'task' : 'stage', from: 0, to: 1 }),
        ...(joinedBy !== undefined && { trigger: { kind: 'event', id: 'stage', joined: { id: joinedBy } } }),
      })
      const limits = { measureTimeoutMs: 10_000, queueTimeoutMs: 0, leaseMs: 3_000 }
      const records = { rows: rows.map(row), events: [] }
      const verdict = judgeRun(records, { told, witnesses: [witness], faults: [] }, limits)
      expect(verdict).toMatchObject({ lost, doubled, accepted })
    })
  }
})

describe('an evaluation of 2 s of measuring', () => {
  for (const { title, to, faults, late } of [
    { title: 'that took 3 s', to: 3, faults: [], late: 0 },
    { title: 'that took more than 3 s', to: 3.1, faults: [], late: 1 },
    { title: 'whose fault of 2 s, and 4 s until somebody took over, count once', to: 9, faults: [[1, 3]], late: 0 },
    { title: 'that took more than these', to: 9.1, faults: [[1, 3]], late: 1 },
    {
      title: 'with two faults at once',
      to: 10.1,
      faults: [
        [1, 3],
        [2, 4],
      ],
      late: 1,
    },
    { title: 'with a fault before it was due', to: 3.1, faults: [[-9, -5]], late: 1 },
    { title: 'with a fault after it had ended', to: 3.1, faults: [[4, 6]], late: 1 },
  ]) {
    test(`${title}: ${late} late`, () => {
      const told = { wishes: [], idsOf: new Map(), refused: [], sent: 0 }
      const done = faults.map(([from = 0, until = 0]) => ({
        kind: 'Pharos killed',
        isKill: true,
        from: 1000 * from,
        until: 1000 * until,
      }))
      const records = { rows: [rowOf({ id: 'a', trigger: 'task', from: 0, to })], events: [] }
      const limits = { measureTimeoutMs: 2_000, queueTimeoutMs: 0, leaseMs: 3_000 }
      expect(judgeRun(records, { told, witnesses: [], faults: done }, limits).late).toBe(late)
    })
  }
})

test('two witnesses must have been told the same bytes of an event', () => {
  const [one, other] = [createWitness(), createWitness()]
  one.record(bodyOf(startedType, 'a', 'task'))
  other.record(`${bodyOf(startedType, 'a', 'task')} `)
  const told = { wishes: [], idsOf: new Map(), refused: [], sent: 0 }
  const limits = { measureTimeoutMs: 10_000, queueTimeoutMs: 0, leaseMs: 3_000 }
  const verdict = judgeRun({ rows: [], events: [] }, { told, witnesses: [one, other], faults: [] }, limits)
  expect(verdict.bodiesChanged).toBe(1)
})

function triggerOf(key: string): Trigger {
  return { by: 'http', key, path: '/v1/events', headers: {}, body: '{}' }
}

function rowOf({ id, trigger, from, to }: Case['rows'][number]): Records['rows'][number] {
  const [accepted, finished] = [new Date(from * 1000), new Date(to * 1000)]
  const moments = { accepted_at: accepted, due_at: accepted, finished_at: finished }
  return { id, trigger: { kind: 'event', id: trigger }, state: 'errored', runs: 1, ...moments }
}

function bodyOf(type: string, evaluation: string, triggeredid: string): string {
  const id = `${type} of ${evaluation} to ${triggeredid}`
  return JSON.stringify({ id, type, triggeredid, data: { service: 'carts', evaluation: { id: evaluation } } })
}
