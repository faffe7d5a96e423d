import { describe, expect, test } from 'vitest'
import type { EvaluateCommand } from '../../../src/evaluation/command.ts'
import type { Definition } from '../../../src/definitions/load.ts'
import type { WindowRules } from '../../../src/definitions/project.ts'
import { PharosError } from '../../../src/base/errors.ts'
import { eventWindow } from '../../../src/intake/event-window.ts'
import { prepare, prepareAnyway } from '../../../src/evaluation/prepare.ts'
import { offerOf } from '../../../src/evaluation/settle-window.ts'
import { resolveWindow } from '../../../src/base/window.ts'

const service = { project: 'shop', stage: 'staging', service: 'carts' }
const trueTime = Date.parse('2026-03-01T12:00:00Z')
const hours = (count: number): Date => new Date(trueTime + count * 3_600_000)

function wish(window: EvaluateCommand['window'], kind: 'api' | 'event' = 'api'): EvaluateCommand {
  const trigger = kind === 'api' ? { kind } : { kind, id: 'e1', source: 's', type: 't' }
  return {
    service,
    window,
    labels: {},
    slo: undefined,
    pushed: [],
    reported: [],
    context: undefined,
    gitCommitId: undefined,
    trigger,
    idempotency: undefined,
  }
}

/** Two hours ahead of the true time. */
const now = hours(2)
const event = (parts: Partial<Parameters<typeof eventWindow>[0]>) =>
  wish(eventWindow({ time: undefined, evaluation: {}, test: {}, ...parts }, now), 'event')
const request = (asked: Parameters<typeof resolveWindow>[0]) =>
  wish({ now, moment: now, reasons: [], offers: [offerOf('request', '/window', resolveWindow(asked, now))] })

const defined =
  (window: WindowRules = {}) =>
  async () =>
    ({ window }) as Definition

async function prepared(command: EvaluateCommand, define: () => Promise<Definition> = defined()) {
  const deps = { define, testAgeMaxMs: 86_400_000, windowMaxMs: 366 * 86_400_000 }
  return command.trigger.kind === 'event' ? prepareAnyway(command, deps) : prepare(command, deps)
}

for (const { title, command, mayBeToCome } of [
  { title: 'the last five minutes', command: request({}), mayBeToCome: false },
  { title: 'a length', command: request({ timeframe: '10m' }), mayBeToCome: false },
  {
    title: 'a start and a length',
    command: request({ start: '2026-03-01T13:55:00Z', timeframe: '10m' }),
    mayBeToCome: true,
  },
  {
    title: 'two ends',
    command: request({ start: '2026-03-01T10:00:00Z', end: '2026-03-01T11:00:00Z' }),
    mayBeToCome: true,
  },
  { title: 'an event', command: event({}), mayBeToCome: false },
  {
    title: 'an event of a clock that is ahead',
    command: event({ time: new Date(trueTime + 7_230_000) }),
    mayBeToCome: true,
  },
]) {
  test(`${title}, asked of a clock that is ahead: it ${mayBeToCome ? 'may be' : 'is not'} to come`, async () => {
    expect(await prepared(command)).toMatchObject({ mayBeToCome })
  })
}

test('what cannot be judged has nothing to wait for', async () => {
  const command = event({ evaluation: { start: '2026-03-01T13:55:00Z', timeframe: '10m' } })
  const refused = await prepared(command, async () => {
    throw new PharosError('slo_not_found', 'there is no slo.yaml')
  })
  expect(refused).toMatchObject({ mayBeToCome: false, reasons: [{ code: 'slo_missing' }] })
})

describe('a window of 30 s', () => {
  const short = { timeframe: '30s' }

  test('is too short for a request, unless the project allows it', async () => {
    await expect(prepared(request(short))).rejects.toMatchObject({
      code: 'invalid_window',
      mistakes: [{ pointer: '/window/timeframe', message: 'the window is 30s long: at least 1m was expected' }],
    })
    expect(await prepared(request(short), defined({ minimum: 30_000 }))).toMatchObject({
      warnings: [{ code: 'short_window', lengthMs: 30_000 }],
    })
  })

  test('is enough for an event, unless the project forbids it', async () => {
    expect(await prepared(event({ evaluation: short }))).toMatchObject({
      reasons: [],
      warnings: [{ code: 'short_window' }],
    })
    expect(await prepared(event({ evaluation: short }), defined({ minimum: 60_000 }))).toMatchObject({
      window: { source: 'default' },
      reasons: [{ code: 'window_invalid', message: expect.stringContaining('30s long: at least 1m') }],
    })
  })
})

test('a project that accepts only windows of tests refuses one of a request', async () => {
  await expect(prepared(request({ timeframe: '10m' }), defined({ from: ['test'] }))).rejects.toMatchObject({
    code: 'invalid_window',
    mistakes: [{ pointer: '/window', message: expect.stringContaining('window.from in project.yaml allows test') }],
  })
})
