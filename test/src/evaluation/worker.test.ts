import { pino } from 'pino'
import { afterEach, describe, expect, test } from 'vitest'
import type { TakenEvaluation } from '../../../src/evaluation/evaluation-store.ts'
import type { EndedEvaluation } from '../../../src/evaluation/evaluation.ts'
import type { PlannedIndicator } from '../../../src/measuring/planned.ts'
import { createWorker, type Worker, type WorkerLimits } from '../../../src/evaluation/worker.ts'
import { defaultPolicies } from '../../../slo/index.ts'
import { endedEvaluation, openEvaluation } from '../../support/evaluation.ts'

/** The worker on a queue in memory, with runs that the test ends. */

const limits: WorkerLimits = { evaluations: 2, leaseMs: 60_000, pollMs: 5, runsMax: 3 }
const away = new Error('the database is away')

interface Run {
  readonly id: string
  readonly signal: AbortSignal
  readonly end: (evaluation: EndedEvaluation | undefined) => void
  readonly fail: (error: Error) => void
}

const asking: readonly PlannedIndicator[] = [
  { kind: 'asked', indicator: 'i', provider: 'p', name: 'i', definition: 'q', query: 'q' },
]

function taken(id: string, runs = 1, failedRuns = 0): TakenEvaluation {
  const evaluation = openEvaluation({ id, project: id.replace(/\d+$/, '') })
  return { evaluation, policies: defaultPolicies, plan: asking, leaseToken: `lease of ${id}`, runs, failedRuns }
}

/** Asks no provider. */
function takenAlone(id: string): TakenEvaluation {
  return { ...taken(id), plan: [] }
}

function setUp(queue: TakenEvaluation[], changed: Partial<WorkerLimits> = {}) {
  const runs: Run[] = []
  const released: string[] = []
  const finished: string[] = []
  const gaveUp: string[] = []
  const failed: string[] = []
  const ended: string[] = []
  const extended: (readonly string[])[] = []
  const lines: { level: number; msg: string; evaluationId?: string }[] = []
  const state = { isOurs: true, isAway: false, taking: 0, told: 0 }
  const worker = createWorker(
    {
      store: {
        take: async (limit, _leaseMs, { areAlone }) => {
          state.taking += 1
          if (state.isAway) throw away
          const fitting = queue.filter(({ plan }) => !areAlone || plan.length === 0).slice(0, limit)
          for (const one of fitting) queue.splice(queue.indexOf(one), 1)
          return fitting
        },
        extend: async (all) => {
          const extending = all.map(({ evaluation }) => evaluation.id)
          extended.push(extending)
          return new Set(state.isOurs ? extending : [])
        },
        release: async ({ evaluation }) => {
          if (state.isAway) throw away
          released.push(evaluation.id)
        },
        noteFailedRun: async ({ evaluation }) => {
          if (state.isAway) throw away
          failed.push(evaluation.id)
        },
        finish: async ({ evaluation }, { reasons }) => {
          gaveUp.push(reasons[0]?.message ?? '')
          finished.push(`${evaluation.id} ${reasons[0]?.code}`)
          return endedEvaluation({ id: evaluation.id, state: 'errored' })
        },
      },
      run: ({ evaluation: { id } }, signal) =>
        new Promise((end, fail) => {
          signal.addEventListener('abort', () => fail(signal.reason))
          runs.push({ id, signal, end, fail })
        }),
      ended: ({ id }) => ended.push(id),
      released: () => (state.told += 1),
      isUnavailable: (error) => error === away,
      log: pino({}, { write: (line: string) => lines.push(JSON.parse(line)) }),
    },
    { ...limits, ...changed },
  )
  started.push(worker)
  const said = (level: number): readonly string[] => lines.filter((line) => line.level === level).map(({ msg }) => msg)
  const running = () => runs.map(({ id }) => id)
  return { worker, runs, released, finished, gaveUp, failed, ended, extended, state, said, running }
}

/** For how long a request that comes now may take what it writes. */
async function leaseOffered(
  worker: Worker,
  plan: readonly PlannedIndicator[] = asking,
  project = 'shop',
): Promise<number | undefined> {
  let offered: number | undefined
  await worker.admit(project, async (leaseFor): Promise<{ readonly taken?: TakenEvaluation }> => {
    offered = leaseFor(plan)
    return {}
  })
  return offered
}

const started: Worker[] = []
afterEach(() => Promise.all(started.splice(0).map((worker) => worker.stop(0))))

describe('places', () => {
  test('are as many as configured; who comes later waits until one is free', async () => {
    const { worker, runs, running, ended } = setUp([taken('a'), taken('b'), taken('c'), taken('d')])
    worker.start()
    await expect.poll(running).toEqual(['a', 'b'])
    runs[1]?.end(endedEvaluation({ id: 'b' }))
    await expect.poll(running).toEqual(['a', 'b', 'c'])
    runs[0]?.end(endedEvaluation({ id: 'a' }))
    await expect.poll(running).toEqual(['a', 'b', 'c', 'd'])
    expect(ended).toEqual(['b', 'a'])
  })

  test('that become free are filled without waiting for the next look, and cost no look if nothing can wait', async () => {
    const { worker, runs, running, state, ended } = setUp([taken('a'), taken('b'), taken('c')], { pollMs: 60_000 })
    worker.start()
    await expect.poll(running).toEqual(['a', 'b'])
    runs[0]?.end(endedEvaluation({ id: 'a' }))
    await expect.poll(running).toEqual(['a', 'b', 'c'])
    runs[1]?.end(endedEvaluation({ id: 'b' }))
    await expect.poll(() => ended).toEqual(['a', 'b'])
    await new Promise(setImmediate)
    const looks = state.taking
    runs[2]?.end(endedEvaluation({ id: 'c' }))
    await expect.poll(() => ended).toEqual(['a', 'b', 'c'])
    await new Promise(setImmediate)
    expect(state.taking).toBe(looks)
  })

  test('are kept while a request is accepted, and used by it', async () => {
    const queue: TakenEvaluation[] = []
    const { worker, running } = setUp(queue, { evaluations: 1 })
    worker.start()
    const accepting = Promise.withResolvers<void>()
    const admitted = worker.admit('shop', async (leaseFor) => {
      expect(leaseFor(asking)).toBe(60_000)
      queue.push(taken('waiting'))
      worker.wake()
      await accepting.promise
      return { taken: taken('admitted') }
    })
    // Without a place of its own it is accepted for whoever comes.
    expect(await leaseOffered(worker)).toBeUndefined()
    accepting.resolve()
    await admitted
    expect(running()).toEqual(['admitted'])
  })

  test('come back when a request is refused, or leaves its evaluation to others', async () => {
    const { worker } = setUp([], { evaluations: 1 })
    await expect(worker.admit('shop', () => Promise.reject(new Error('refused')))).rejects.toThrow('refused')
    await worker.admit('shop', async () => ({}))
    expect(await leaseOffered(worker)).toBe(60_000)
  })

  test('are not needed by what asks no provider, accepted or waiting in the queue', async () => {
    const queue = [taken('a'), taken('b'), taken('c'), takenAlone('d')]
    const { worker, running } = setUp(queue)
    worker.start()
    await expect.poll(running).toEqual(['a', 'b', 'd'])
    expect(await leaseOffered(worker)).toBeUndefined()
    expect(await leaseOffered(worker, [])).toBe(60_000)
    await worker.admit('shop', async () => ({ taken: takenAlone('e') }))
    expect(running()).toEqual(['a', 'b', 'd', 'e'])
    expect(queue.map(({ evaluation }) => evaluation.id)).toEqual(['c'])
  })

  test('are never all of one project', async () => {
    const { worker, running } = setUp([taken('a1'), taken('a2'), taken('a3'), taken('a4')], { evaluations: 5 })
    worker.start()
    await expect.poll(running).toEqual(['a1', 'a2', 'a3', 'a4'])
    expect(await leaseOffered(worker, asking, 'a')).toBeUndefined()
    expect(await leaseOffered(worker, asking, 'b')).toBe(60_000)
  })

  test('are not given any more once it stops', async () => {
    const { worker } = setUp([])
    await worker.stop(0)
    expect(await leaseOffered(worker)).toBeUndefined()
  })
})

describe('a lease', () => {
  test('is prolonged three times in its length, until the run ends', async () => {
    const { worker, runs, extended, running } = setUp([taken('a')], { leaseMs: 30 })
    worker.start()
    await expect.poll(() => extended.length).toBeGreaterThan(3)
    runs[0]?.end(endedEvaluation({ id: 'a' }))
    await worker.stop(0)
    expect(new Set(extended.flat())).toEqual(new Set(['a']))
    expect(running()).toEqual(['a'])
  })

  test('is extended together with all others', async () => {
    const { worker, extended, running } = setUp([taken('a'), taken('b')], { leaseMs: 30 })
    worker.start()
    await expect.poll(running).toEqual(['a', 'b'])
    await worker.admit('shop', async () => ({ taken: takenAlone('d') }))
    await expect.poll(() => extended.at(-1)).toEqual(expect.arrayContaining(['a', 'b', 'd']))
  })

  test('that was lost ends the run, and nothing is written', async () => {
    const { worker, runs, state, finished, ended } = setUp([taken('a')], { leaseMs: 30 })
    worker.start()
    await expect.poll(() => runs.length).toBe(1)
    state.isOurs = false
    await expect.poll(() => runs[0]?.signal.aborted).toBe(true)
    expect([...finished, ...ended]).toEqual([])
  })
})

test('what was cancelled is not run to its end, and is no error', async () => {
  const { worker, runs, released, ended, said } = setUp([taken('a')])
  worker.start()
  await expect.poll(() => runs.length).toBe(1)
  worker.drop('another')
  expect(runs[0]?.signal.aborted).toBe(false)
  worker.drop('a')
  expect(runs[0]?.signal.aborted).toBe(true)
  await expect.poll(() => said(40)).toEqual(['evaluation was cancelled, or taken over by another process'])
  expect([...said(50), ...released, ...ended]).toEqual([])
})

describe('a run', () => {
  test('that another process took over is a warning, and nobody is told of an end', async () => {
    const { worker, runs, ended, said } = setUp([taken('a')])
    worker.start()
    await expect.poll(() => runs.length).toBe(1)
    runs[0]?.end(undefined)
    await expect.poll(() => said(40)).toEqual(['evaluation was cancelled, or taken over by another process'])
    expect(ended).toEqual([])
  })

  for (const { failedRuns, message } of [
    { failedRuns: 0, message: 'Gave up: 3 runs were interrupted before producing a result.' },
    { failedRuns: 3, message: 'Gave up: 3 runs failed with an unexpected error (see the server log).' },
    {
      failedRuns: 2,
      message:
        'Gave up: 2 runs failed with an unexpected error (see the server log), and 1 run was interrupted before producing a result.',
    },
  ]) {
    test(`too many is not started; with ${failedRuns} of 3 failed, the reason says so`, async () => {
      const { worker, runs, finished, gaveUp, ended } = setUp([taken('a', 4, failedRuns)])
      worker.start()
      await expect.poll(() => ended).toEqual(['a'])
      expect(finished).toEqual(['a gave_up'])
      expect(gaveUp).toEqual([message])
      expect(runs).toEqual([])
    })
  }

  test('that fails through a mistake of ours is logged, and keeps its lease and its count', async () => {
    const { worker, runs, released, failed, said } = setUp([taken('a')])
    worker.start()
    await expect.poll(() => runs.length).toBe(1)
    runs[0]?.fail(new TypeError('x is not a function'))
    await expect.poll(() => said(50)).toEqual(['evaluation ended with an unexpected error'])
    await expect.poll(() => failed).toEqual(['a'])
    await worker.stop(0)
    expect(released).toEqual([])
  })

  test('that met a database that is away is given back, as soon as it is there again', async () => {
    const { worker, runs, released, state, said } = setUp([taken('a')])
    worker.start()
    await expect.poll(() => runs.length).toBe(1)
    state.isAway = true
    runs[0]?.fail(away)
    await expect.poll(() => said(30)).toContain('evaluation given back')
    expect(released).toEqual([])
    state.isAway = false
    await expect.poll(() => released).toEqual(['a'])
    expect(state.told).toBe(1)
    expect(said(50).filter((sentence) => sentence !== 'cannot take evaluations')).toEqual([])
  })
})

describe('a stop', () => {
  test('lets what runs finish', async () => {
    const { worker, runs, ended, released } = setUp([taken('a')])
    worker.start()
    await expect.poll(() => runs.length).toBe(1)
    const stopped = worker.stop(60_000)
    runs[0]?.end(endedEvaluation({ id: 'a' }))
    await stopped
    expect({ ended, released }).toEqual({ ended: ['a'], released: [] })
  })

  test('gives back what does not, and takes nothing more', async () => {
    const queue = [taken('a'), taken('b'), taken('c')]
    const { worker, runs, ended, released } = setUp(queue)
    worker.start()
    await expect.poll(() => runs.length).toBe(2)
    await worker.stop(10)
    expect({ ended, released }).toEqual({ ended: [], released: ['a', 'b'] })
    expect(queue.map(({ evaluation }) => evaluation.id)).toEqual(['c'])
  })
})

test('a database that is away is said once, and that it is back once', async () => {
  const { worker, state, said, running } = setUp([taken('a')])
  state.isAway = true
  worker.start()
  await expect.poll(() => state.taking).toBeGreaterThan(3)
  state.isAway = false
  await expect.poll(running).toEqual(['a'])
  expect(said(50)).toEqual(['cannot take evaluations'])
  expect(said(30)).toEqual(['taking evaluations again', 'evaluation started'])
})
