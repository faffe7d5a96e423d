import { expect, test } from 'vitest'
import type { EvaluateCommand } from '../../src/command.ts'
import type { Definition } from '../../src/definitions/load.ts'
import { PharosError } from '../../src/errors.ts'
import { eventWindow } from '../../src/events/event-window.ts'
import { prepare, prepareAnyway } from '../../src/prepare.ts'
import { resolveWindow } from '../../src/window.ts'

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

const event = (parts: Partial<Parameters<typeof eventWindow>[0]>) =>
  wish((now) => eventWindow({ time: undefined, evaluation: {}, test: {}, ...parts }, 86_400_000, now), 'event')
const request = (asked: Parameters<typeof resolveWindow>[0]) =>
  wish((now) => {
    const window = resolveWindow(asked, now)
    return 'mistakes' in window ? window : { window, reasons: [] }
  })

/** Two hours ahead of the true time, and set right while the files are read. */
async function prepared(command: EvaluateCommand, define = async () => ({}) as Definition) {
  let ahead = 2
  const deps = {
    now: () => hours(ahead),
    define: async () => {
      ahead = 0
      return define()
    },
  }
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
  test(`${title}, asked of a clock that steps back: it ${mayBeToCome ? 'may be' : 'is not'} to come`, async () => {
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
