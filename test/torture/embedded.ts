import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { pino } from 'pino'
import { seededRandom } from '../../demo/carts/random.ts'
import { waitFor } from '../../demo/wait.ts'
import { finishedType } from '../../src/announcing/keptn-events.ts'
import { openDatabase } from '../../src/storage/engine/database.ts'
import { startScriptedPrometheus } from '../support/scripted-prometheus.ts'
import type { Fault } from './faults.ts'
import { startProgram, writeSettings, type Program } from './fleet.ts'
import { launchSome, limits, programOf, roundMs, script, settingsFor, usageOf, type Effort, type Story } from './run.ts'
import { startSubscriber, type Subscriber } from './subscriber.ts'
import { createSenders, files, type Told } from './triggers.ts'
import { judgeRun, readRecords, type Records } from './verdict.ts'

/** One process with the embedded database, killed in mid-write again and again; in the end the verdict of `torture`. */
export async function tortureEmbedded(effort: Effort, say: (sentence: string) => void): Promise<Story> {
  const { folder, kills, triggers, seed } = effort
  const startedAt = performance.now()
  await using scope = new AsyncDisposableStack()
  const random = seededRandom(seed)
  const subscriber = await startSubscriber(random)
  scope.defer(() => subscriber.stop())
  const prometheus = await startScriptedPrometheus(script)
  scope.defer(() => prometheus.stop())
  await writeSettings(folder, settingsFor(prometheus.url, subscriber.url, undefined), files)
  const name = 'pharos'
  const program = await startProgram(name, {}, { program: await programOf(effort), folder, scope })
  const before = await usageOf([program])
  say('one process on the embedded database is ready')

  const faults: Fault[] = []
  const senders = createSenders([program], random)
  for (let round = 0; round < kills; round += 1) {
    const from = Math.floor((triggers * round) / kills)
    const until = Math.floor((triggers * (round + 1)) / kills)
    const sending = launchSome(from, until, senders, random)
    await pause(roundMs * random())
    const killedAt = Date.now()
    await program.kill()
    faults.push({ kind: 'Pharos killed', isKill: true, from: killedAt, until: Date.now() })
    await sending
    await caughtUp(senders, subscriber)
    if ((round + 1) % 10 === 0) say(`${round + 1} kills, ${until} triggers`)
  }

  const told = await senders.settled()
  say('everything was answered; waiting for outcomes and deliveries')
  await untilTold(await known(program, told), subscriber)
  const after = await usageOf([program])
  await program.stop()
  const verdict = judgeRun(await recordsIn(join(folder, name)), { told, witnesses: [subscriber], faults }, limits)
  return {
    verdict,
    requests: told.sent,
    deliveries: subscriber.taken(),
    messages: undefined,
    faults,
    usage: { before, after },
    tookMs: performance.now() - startedAt,
  }
}

const settleLimitMs = 180_000
const behindMax = 30
const catchUpLimitMs = 15_000

/** One that is killed again before it could do anything would show only that it comes to nothing. */
async function caughtUp(senders: ReturnType<typeof createSenders>, { arrivals }: Subscriber): Promise<void> {
  await untilSo('most has ended', catchUpLimitMs, () => {
    const ended = arrivals.filter(({ type }) => type === finishedType).length
    return senders.accepted() - ended <= behindMax
  })
}

/** The evaluations that somebody was told of, less those that are not there: their end is not worth waiting for. */
async function known({ url }: Program, { idsOf }: Told): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  for (const id of [...idsOf.values()].flatMap((ids) => [...ids])) {
    const reply = await fetch(`${url}/v1/evaluations/${id}`)
    await reply.arrayBuffer()
    if (reply.status !== 404) found.add(id)
  }
  return found
}

/** The end of each was announced, or has not been for too long, which the verdict then says. */
async function untilTold(evaluations: ReadonlySet<string>, { arrivals }: Subscriber): Promise<void> {
  const awaited = new Set(evaluations)
  await untilSo('every end was announced', settleLimitMs, () => {
    for (const { type, evaluation } of arrivals) if (type === finishedType) awaited.delete(evaluation)
    return awaited.size === 0
  })
}

/** Resolves when it is so, or when it has not been for too long. */
async function untilSo(what: string, limitMs: number, isSo: () => boolean): Promise<void> {
  try {
    await waitFor(what, limitMs, () => (isSo() ? true : undefined))
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith(what))) throw error
  }
}

/** One session: its transactions come one after the other, and each sees all before it. */
const inTurn = `o.position::text as transaction, o.position || ':' || o.position || ':' as saw`

async function recordsIn(folder: string): Promise<Records> {
  const database = await openDatabase({ url: undefined, folder, log: pino({ level: 'silent' }) })
  try {
    return await readRecords(database.pool, inTurn)
  } finally {
    await database.close()
  }
}
