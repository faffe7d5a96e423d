import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openDatabase, type Database } from '../../../../src/storage/engine/database.ts'
import { createWakeUps, type WakeUps } from '../../../../src/storage/engine/wake-ups.ts'
import { prepareDatabase } from '../../../support/database.ts'
import { networkTo, type Proxy } from '../../../support/proxy.ts'

/** Two processes on one database, here two pools; what one says the other hears, through a network that fails. */

const checkMs = 200

let scope: AsyncDisposableStack
let network: Proxy
let speaker: WakeUps
let listener: WakeUps
let database: Database
let heard: number
let said: string[]

beforeEach(async () => {
  scope = new AsyncDisposableStack()
  heard = 0
  said = []
  const prepared = await prepareDatabase()
  scope.defer(() => prepared.remove())
  const direct = await open(prepared.url ?? '')
  const through = await networkTo(prepared.url ?? '', scope)
  network = through.network
  database = await open(through.url)
  const log = pino({}, { write: (line: string) => said.push(JSON.parse(line).msg) })
  speaker = createWakeUps(direct, { heard: () => {}, log }, checkMs)
  listener = createWakeUps(database, { heard: () => (heard += 1), log }, checkMs)
  scope.defer(() => listener.stop())
  listener.start()
  await untilHeard(1)
})
afterEach(() => scope.disposeAsync())

async function open(url: string): Promise<Database> {
  const opened = await openDatabase({ url, folder: '', log: pino({ level: 'silent' }) })
  scope.defer(() => opened.close())
  return opened
}

async function untilHeard(times: number): Promise<void> {
  await expect.poll(() => heard, { timeout: 20_000 }).toBeGreaterThanOrEqual(times)
}

test('one process says so and the other hears it', async () => {
  speaker.send()
  await untilHeard(2)
  expect(said).toEqual([])
})

test('whatever is said at once is said in two statements at most', async () => {
  for (let times = 0; times < 100; times += 1) speaker.send()
  await speaker.stop()
  await untilHeard(2)
  expect(heard).toBeLessThanOrEqual(3)
})

test('a connection that was cut is made again, and counts as heard: something may have been said meanwhile', async () => {
  await network.cut()
  await expect.poll(() => said).toEqual(['wake-ups are not heard, looking for work as often as ever'])
  const before = heard
  await network.restore()
  await untilHeard(before + 1)
  speaker.send()
  await untilHeard(before + 2)
  expect(said.slice(1)).toEqual(['wake-ups are heard again'])
})

test('a connection that went silent is noticed, though nothing was ever sent on it', async () => {
  network.freeze()
  await expect
    .poll(() => said, { timeout: 20_000 })
    .toEqual(['wake-ups are not heard, looking for work as often as ever'])
  const before = heard
  await network.restore()
  await untilHeard(before + 1)
  speaker.send()
  await untilHeard(before + 2)
})

test('a silent connection does not hold up the end', async () => {
  network.freeze()
  const began = performance.now()
  await listener.stop()
  expect(performance.now() - began).toBeLessThan(6_000)
  expect(said).toEqual([])
})
