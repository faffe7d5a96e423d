import { describe, expect, test, vi } from 'vitest'
import type { IndicatorReply, MeasureRequest, Provider, Turn } from '../../../providers/index.ts'
import { measure, type MeasureDeps } from '../../../src/measuring/measure.ts'
import { type PlannedIndicator } from '../../../src/measuring/planned.ts'

const window = { start: new Date('2024-05-01T00:30:00Z'), end: new Date('2024-05-01T00:35:00Z') }
const never = new AbortController().signal

function asked(indicator: string, query: string = indicator, provider: string = 'prom'): PlannedIndicator {
  return { kind: 'asked', indicator, provider, name: indicator, definition: `${query} $STAGE`, query }
}

function reply(query: string, value: number): IndicatorReply {
  return { outcome: 'measured', value, query, warnings: [], attempts: 1, durationMs: 1 }
}

/** A provider that answers as `answer` does, and keeps what it was asked. */
function fakeProvider(
  answer: (request: MeasureRequest) => Promise<readonly IndicatorReply[]>,
): Provider & { readonly asked: MeasureRequest[] } {
  const requests: MeasureRequest[] = []
  return {
    asked: requests,
    measure: (request) => {
      requests.push(request)
      return answer(request)
    },
    check: () => Promise.resolve({ ok: true, message: '', latencyMs: 0 }),
    close: () => Promise.resolve(),
  }
}

/** Every value is the length of its query. */
const lengths = (request: MeasureRequest) =>
  Promise.resolve(request.indicators.map(({ query }) => reply(query, query.length)))

function depsWith(
  providers: Readonly<Record<string, Provider>>,
  more: Partial<MeasureDeps> = {},
): MeasureDeps & { readonly logged: object[] } {
  const logged: object[] = []
  return {
    providers: new Map(Object.entries(providers).map(([name, provider]) => [name, { provider, settleMs: 0 }])),
    measureTimeoutMs: 5000,
    informationalTimeoutMs: 5000,
    queueTimeoutMs: 5000,
    project: 'shop',
    informational: new Set(),
    now: () => new Date(),
    log: { info: () => undefined, error: (fields) => logged.push(fields) },
    logged,
    ...more,
  }
}

test('an empty plan asks nobody', async () => {
  const prom = fakeProvider(lengths)
  expect(await measure([], window, depsWith({ prom }), never)).toEqual([])
  expect(prom.asked).toEqual([])
})

test('the measurements stand in the order of the plan, whoever answers', async () => {
  const prom = fakeProvider(lengths)
  const other = fakeProvider(lengths)
  const plan: readonly PlannedIndicator[] = [
    asked('cc', 'cc', 'other'),
    { kind: 'pushed', indicator: 'p', value: -0.5 },
    asked('a'),
    { kind: 'unanswered', indicator: 'u', provider: 'prom', name: 'u', definition: null, message: 'no definition' },
    asked('bbb', 'bbb', 'other'),
  ]
  const deps = depsWith({ prom, other }, { now: () => new Date('2024-05-01T00:40:00Z') })
  expect(await measure(plan, window, deps, never)).toEqual([
    {
      kind: 'measured',
      indicator: 'cc',
      provider: 'other',
      name: 'cc',
      definition: 'cc $STAGE',
      query: 'cc',
      warnings: [],
      value: 2,
    },
    {
      kind: 'measured',
      indicator: 'p',
      provider: 'pushed',
      name: 'p',
      definition: null,
      query: null,
      warnings: [],
      value: -0.5,
    },
    {
      kind: 'measured',
      indicator: 'a',
      provider: 'prom',
      name: 'a',
      definition: 'a $STAGE',
      query: 'a',
      warnings: [],
      value: 1,
    },
    {
      kind: 'missing',
      indicator: 'u',
      provider: 'prom',
      name: 'u',
      definition: null,
      query: null,
      warnings: [],
      outcome: 'config',
      message: 'no definition',
    },
    {
      kind: 'measured',
      indicator: 'bbb',
      provider: 'other',
      name: 'bbb',
      definition: 'bbb $STAGE',
      query: 'bbb',
      warnings: [],
      value: 3,
    },
  ])
  expect(other.asked).toMatchObject([
    {
      window,
      deadline: new Date('2024-05-01T00:40:05Z'),
      indicators: [
        { name: 'cc', query: 'cc' },
        { name: 'bbb', query: 'bbb' },
      ],
    },
  ])
})

test('the same query of one provider is asked once and answers all of its indicators', async () => {
  const prom = fakeProvider(lengths)
  const other = fakeProvider(lengths)
  const plan = [asked('x', 'same'), asked('y', 'different'), asked('z', 'same'), asked('o', 'same', 'other')]
  const measurements = await measure(plan, window, depsWith({ prom, other }), never)
  expect(measurements).toMatchObject([
    { value: 4 },
    { value: 9 },
    { name: 'z', value: 4 },
    { provider: 'other', value: 4 },
  ])
  expect(prom.asked[0]?.indicators.map(({ query }) => query)).toEqual(['same', 'different'])
})

test('what a provider says of an indicator is passed on', async () => {
  const prom = fakeProvider(() =>
    Promise.resolve([
      { outcome: 'no_data', message: 'nothing', query: 'redacted', warnings: ['w'], attempts: 1, durationMs: 1 },
    ]),
  )
  expect(await measure([asked('a')], window, depsWith({ prom }), never)).toMatchObject([
    { kind: 'missing', outcome: 'no_data', message: 'nothing', query: 'redacted', warnings: ['w'] },
  ])
})

test('an unknown provider is config', async () => {
  expect(await measure([asked('a', 'a', 'dynatrace')], window, depsWith({}), never)).toMatchObject([
    {
      kind: 'missing',
      outcome: 'config',
      query: null,
      message: 'no provider is configured under the name "dynatrace"',
    },
  ])
})

describe('a provider that breaks its contract', () => {
  const failure = {
    kind: 'missing',
    outcome: 'upstream',
    query: 'bb',
    message: 'the provider failed before it answered this; the log says how',
  }

  for (const { name, answer } of [
    { name: 'rejects', answer: () => Promise.reject(new Error('secret')) },
    {
      name: 'throws',
      answer: () => {
        throw new Error('secret')
      },
    },
  ]) {
    test(`${name}: its open indicators are upstream, the others are measured, the log knows`, async () => {
      const broken = fakeProvider((request) => {
        request.onReply?.(0, reply('a', 1))
        return answer()
      })
      const deps = depsWith({ broken, prom: fakeProvider(lengths) })
      const measurements = await measure(
        [asked('a', 'a', 'broken'), asked('b', 'bb', 'broken'), asked('ccc')],
        window,
        deps,
        never,
      )
      expect(measurements).toMatchObject([{ kind: 'measured', value: 1 }, failure, { kind: 'measured', value: 3 }])
      expect(JSON.stringify(measurements)).not.toContain('secret')
      expect(deps.logged).toEqual([{ provider: 'broken', err: new Error('secret') }])
    })
  }

  test('answers too few: the rest is upstream', async () => {
    const broken = fakeProvider(() => Promise.resolve([reply('a', 1)]))
    const plan = [asked('a', 'a', 'broken'), asked('b', 'bb', 'broken')]
    expect(await measure(plan, window, depsWith({ broken }), never)).toMatchObject([{ value: 1 }, failure])
  })

  test('answers too many: the rest is nobody’s', async () => {
    const broken = fakeProvider(() => Promise.resolve([reply('a', 1), reply('b', 2)]))
    expect(await measure([asked('a', 'a', 'broken')], window, depsWith({ broken }), never)).toMatchObject([
      { value: 1 },
    ])
  })

  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
    test(`measures ${value}: invalid_value`, async () => {
      const broken = fakeProvider(() => Promise.resolve([reply('a', value)]))
      expect(await measure([asked('a', 'a', 'broken')], window, depsWith({ broken }), never)).toMatchObject([
        {
          kind: 'missing',
          outcome: 'invalid_value',
          message: `the provider measured ${value}, which is no finite number`,
        },
      ])
    })
  }

  test('never settles: timeout soon after the deadline, what it had said counts, and it is told to stop', async () => {
    const hanging = fakeProvider((request) => {
      request.onReply?.(1, reply('bb', 2))
      return new Promise(() => undefined)
    })
    const plan = [asked('a', 'a', 'hanging'), asked('b', 'bb', 'hanging'), asked('ccc')]
    const startedAt = performance.now()
    const measurements = await measure(
      plan,
      window,
      depsWith({ hanging, prom: fakeProvider(lengths) }, { measureTimeoutMs: 100 }),
      never,
    )
    expect(performance.now() - startedAt).toBeLessThan(1100)
    expect(measurements).toMatchObject([
      { kind: 'missing', outcome: 'timeout', message: 'the provider did not answer within 0.1 s' },
      { kind: 'measured', value: 2 },
      { kind: 'measured', value: 3 },
    ])
    expect(hanging.asked[0]?.signal.aborted).toBe(true)
  })
})

describe('an indicator that cannot change the result', () => {
  const hangingProvider = () =>
    fakeProvider((request) => {
      request.onReply?.(0, reply('a', 1))
      return new Promise(() => undefined)
    })
  const informational = new Set(['b'])

  test('is not waited for longer than its own limit', async () => {
    const hanging = hangingProvider()
    const plan = [asked('a', 'a', 'hanging'), asked('b', 'b', 'hanging'), asked('ccc')]
    const deps = depsWith(
      { hanging, prom: fakeProvider(lengths) },
      { measureTimeoutMs: 60_000, informationalTimeoutMs: 20, informational },
    )
    expect(await measure(plan, window, deps, never)).toMatchObject([
      { kind: 'measured', value: 1 },
      {
        kind: 'missing',
        outcome: 'timeout',
        message: expect.stringMatching(
          /^the provider did not answer within 0\.\d s, the limit for indicators that cannot change the result$/,
        ),
      },
      { kind: 'measured', value: 3 },
    ])
    expect(hanging.asked[0]?.signal.aborted).toBe(true)
  })

  test('is waited for while others are measured', async () => {
    const told = Promise.withResolvers<void>()
    const late = fakeProvider(async (request) => {
      await told.promise
      return lengths(request)
    })
    const slow = fakeProvider(async (request) => {
      const replies = await lengths(request)
      // The informational one has its value by then.
      return new Promise((resolve) => {
        setTimeout(() => {
          told.resolve()
          setTimeout(() => resolve(replies), 20)
        }, 40)
      })
    })
    const deps = depsWith({ slow, late }, { measureTimeoutMs: 60_000, informationalTimeoutMs: 10, informational })
    const plan = [asked('aa', 'aa', 'slow'), asked('b', 'b', 'late')]
    expect(await measure(plan, window, deps, never)).toMatchObject([{ value: 2 }, { value: 1 }])
  })

  test('is waited for to the end as the input of a scored formula', async () => {
    const hanging = hangingProvider()
    const formula: PlannedIndicator = {
      kind: 'computed',
      indicator: 'f',
      provider: 'computed',
      name: 'f',
      formula: 'b + 1',
      definition: 'b + 1',
      inputs: [asked('b', 'b', 'hanging')],
    }
    const plan = [asked('a', 'a', 'hanging'), asked('b', 'b', 'hanging'), formula]
    const deps = depsWith({ hanging }, { measureTimeoutMs: 50, informationalTimeoutMs: 10, informational })
    const timeout = { outcome: 'timeout', message: 'the provider did not answer within 0.05 s' }
    expect(await measure(plan, window, deps, never)).toMatchObject([
      { value: 1 },
      timeout,
      { outcome: 'timeout', message: expect.stringContaining(timeout.message) },
    ])
  })
})

describe('a provider whose slots are in use', () => {
  /** Waits for its turn until the test gives it one. */
  const busy = (turns: Turn[]) =>
    fakeProvider((request) => {
      const { turn } = request
      if (turn === undefined) throw new Error('nobody’s turn')
      turn.wait()
      turns.push(turn)
      return new Promise(() => undefined)
    })

  test('is never asked once the time for waiting is over, and the indicator says so', async () => {
    const turns: Turn[] = []
    const deps = depsWith({ prom: busy(turns) }, { measureTimeoutMs: 60_000, queueTimeoutMs: 30 })
    expect(await measure([asked('a')], window, deps, never)).toMatchObject([
      {
        kind: 'missing',
        outcome: 'timeout',
        message: expect.stringMatching(
          /^the provider was never queried: the evaluation waited 0\.\d s for a free slot \(limits\.queueTimeout\)$/,
        ),
      },
    ])
    expect(turns[0]?.over.aborted).toBe(true)
  })

  test('has the whole time for measuring once it is its turn', async () => {
    const turns: Turn[] = []
    const begun: string[] = []
    const deps = depsWith(
      { prom: busy(turns) },
      { measureTimeoutMs: 100, queueTimeoutMs: 60_000, onBegin: () => begun.push('begun') },
    )
    const measuring = measure([asked('a')], window, deps, never)
    await vi.waitFor(() => expect(turns).toHaveLength(1))
    const beganAt = Date.now()
    turns[0]?.begin()
    expect(turns[0]?.deadline().getTime()).toBeGreaterThanOrEqual(beganAt + 100)
    expect(await measuring).toMatchObject([{ outcome: 'timeout', message: 'the provider did not answer within 0.1 s' }])
    expect(begun).toEqual(['begun'])
  })

  test('is not waited for longer than their own limit by indicators that cannot change the result', async () => {
    const deps = depsWith(
      { prom: fakeProvider(lengths), busy: busy([]) },
      { queueTimeoutMs: 60_000, informationalTimeoutMs: 20, informational: new Set(['b']) },
    )
    expect(await measure([asked('a'), asked('b', 'b', 'busy')], window, deps, never)).toMatchObject([
      { kind: 'measured' },
      {
        outcome: 'timeout',
        message: expect.stringMatching(/^the provider was never asked: it had no free slot within/),
      },
    ])
  })

  test('is left at once when the evaluation is cancelled', async () => {
    const turns: Turn[] = []
    const leaving = new AbortController()
    const measuring = measure([asked('a')], window, depsWith({ prom: busy(turns) }), leaving.signal)
    await vi.waitFor(() => expect(turns).toHaveLength(1))
    leaving.abort(new Error('cancelled'))
    await expect(measuring).rejects.toThrow('cancelled')
    expect(turns[0]?.over.aborted).toBe(true)
  })

  test('asks first for what the result depends on', async () => {
    const prom = fakeProvider(lengths)
    const plan = [asked('b'), asked('aa'), asked('c'), asked('ddd')]
    await measure(plan, window, depsWith({ prom }, { informational: new Set(['b', 'c']) }), never)
    expect(prom.asked[0]?.indicators.map(({ name }) => name)).toEqual(['aa', 'ddd', 'b', 'c'])
  })
})

describe('data that needs time to arrive', () => {
  const windowUntilNow = (agoMs: number) => ({ start: window.start, end: new Date(Date.now() - agoMs) })
  const settling = (deps: MeasureDeps, settleMs: number): MeasureDeps => ({
    ...deps,
    providers: new Map([...deps.providers].map(([name, { provider }]) => [name, { provider, settleMs }])),
  })

  test('is waited for, and the wait is no part of the time for measuring', async () => {
    const prom = fakeProvider(lengths)
    const deps = settling(depsWith({ prom }, { measureTimeoutMs: 100 }), 600)
    const { end } = windowUntilNow(0)
    const [measurement] = await measure([asked('a')], { start: window.start, end }, deps, never)
    expect(Date.now() - end.getTime()).toBeGreaterThanOrEqual(599)
    expect(measurement).toMatchObject({
      kind: 'measured',
      warnings: [expect.stringMatching(/^waited 0\.[56] s for the window's data to arrive$/)],
    })
    expect(prom.asked[0]?.deadline.getTime()).toBeGreaterThanOrEqual(end.getTime() + 699)
  })

  test('has arrived for a window that ended long ago', async () => {
    const prom = fakeProvider(lengths)
    const startedAt = performance.now()
    const deps = settling(depsWith({ prom }), 60_000)
    const measurements = await measure([asked('a')], windowUntilNow(60_000), deps, never)
    expect(performance.now() - startedAt).toBeLessThan(5000)
    expect(measurements).toMatchObject([{ kind: 'measured', warnings: [] }])
  })

  test('is waited for no longer when our clock is behind the one that settled the window', async () => {
    const prom = fakeProvider(lengths)
    const startedAt = performance.now()
    const measurements = await measure([asked('a')], windowUntilNow(-60_000), depsWith({ prom }), never)
    expect(performance.now() - startedAt).toBeLessThan(5000)
    expect(measurements).toMatchObject([{ kind: 'measured', warnings: [] }])
  })

  test('holds up its own provider only, and ends when the evaluation does', async () => {
    const stopping = new AbortController()
    const [quick, slow] = [fakeProvider(lengths), fakeProvider(lengths)]
    const deps = depsWith({ quick, slow })
    const providers = new Map([
      ['quick', { provider: quick, settleMs: 0 }],
      ['slow', { provider: slow, settleMs: 60_000 }],
    ])
    const plan = [asked('a', 'a', 'quick'), asked('b', 'b', 'slow')]
    const measuring = measure(plan, windowUntilNow(0), { ...deps, providers }, stopping.signal)
    await vi.waitFor(() => expect(quick.asked).toHaveLength(1))
    stopping.abort(new Error('enough'))
    await expect(measuring).rejects.toThrow('enough')
    expect(slow.asked).toEqual([])
  })
})

test('the same query with other options is another question', async () => {
  const prom = fakeProvider((request) =>
    Promise.resolve(request.indicators.map(({ query }, index) => reply(query, index))),
  )
  const plan = [{ indicator: 'a' }, { indicator: 'b', options: { onEmpty: 0 } }, { indicator: 'c' }].map((one) => ({
    ...asked(one.indicator, 'q'),
    ...one,
  }))
  const measurements = await measure(plan, window, depsWith({ prom }), never)
  expect(measurements).toMatchObject([{ value: 0 }, { value: 1 }, { value: 0 }])
  expect(prom.asked[0]?.indicators).toEqual([
    { name: 'a', query: 'q' },
    { name: 'b', query: 'q', options: { onEmpty: 0 } },
  ])
})

describe('a value of a part of the data', () => {
  test('is measured, and says so', async () => {
    const prom = fakeProvider(() =>
      Promise.resolve([{ ...reply('a', 1), outcome: 'measured', value: 1, partial: 'unless_key' }]),
    )
    const measurements = await measure([asked('a')], window, depsWith({ prom }), never)
    expect(measurements).toMatchObject([{ kind: 'measured', value: 1, partial: 'unless_key' }])
  })
})

describe('an aborted measuring is no outcome', () => {
  const reason = new Error('shutting down')

  test('aborted before: nobody is asked', async () => {
    const prom = fakeProvider(lengths)
    await expect(measure([asked('a')], window, depsWith({ prom }), AbortSignal.abort(reason))).rejects.toBe(reason)
    expect(prom.asked).toEqual([])
  })

  test('aborted meanwhile: rejects at once with the reason, the provider is told, nothing is logged', async () => {
    const stopping = new AbortController()
    const prom = fakeProvider(
      ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    )
    const deps = depsWith({ prom, deaf: fakeProvider(() => new Promise(() => undefined)) })
    const measuring = measure([asked('a'), asked('b', 'b', 'deaf')], window, deps, stopping.signal)
    await vi.waitFor(() => expect(prom.asked).toHaveLength(1))
    stopping.abort(reason)
    await expect(measuring).rejects.toBe(reason)
    expect(prom.asked[0]?.signal.aborted).toBe(true)
    expect(deps.logged).toEqual([])
  })
})
