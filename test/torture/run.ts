import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { z } from 'zod'
import { seededRandom } from '../../demo/carts/random.ts'
import { databaseUrl, execute } from '../support/database-url.ts'
import { startNatsServer } from '../support/nats-server.ts'
import { startOwnPostgres } from '../support/postgres.ts'
import { networkTo } from '../support/proxy.ts'
import { startScriptedPrometheus, type Script } from '../support/scripted-prometheus.ts'
import { createSteppingClock } from '../support/stepping-clock.ts'
import { createFaults, type Fault } from './faults.ts'
import { startFleet, writeSettings, type Program, type Usage } from './fleet.ts'
import { planted, type Plant } from './plants.ts'
import { createPublisher } from './publisher.ts'
import { readStream } from './stream.ts'
import { startSubscriber } from './subscriber.ts'
import { createSenders, files, wishOf, type Told } from './triggers.ts'
import { judgeRun, readRecords, type Records, type Verdict } from './verdict.ts'

export interface Effort {
  readonly triggers: number
  readonly kills: number
  readonly members: number
  readonly seed: number
  readonly plant: Plant | undefined
  /** A process stands still in every round, instead of troubles by chance. */
  readonly standStill: boolean
  /** Emptied by whoever made it. */
  readonly folder: string
}

export interface Story {
  readonly verdict: Verdict
  readonly requests: number
  readonly deliveries: number
  /** In the stream of NATS, where there is one. */
  readonly messages: number | undefined
  readonly faults: readonly Fault[]
  /** Of each Pharos process, ready and idle: at the start and at the end. */
  readonly usage: { readonly before: readonly Usage[]; readonly after: readonly Usage[] }
  readonly tookMs: number
}

export const limits = { measureTimeoutMs: 2_000, queueTimeoutMs: 1_000, leaseMs: 3_000 }
const repository = fileURLToPath(new URL('../..', import.meta.url))

/** Between two kills the triggers of one round come within this time. */
export const roundMs = 800
const troubles = 0.5

/** Puts everything together, hurts it, lets it heal, and compares what everybody knows. */
export async function torture(effort: Effort, say: (sentence: string) => void): Promise<Story> {
  const startedAt = performance.now()
  await using scope = new AsyncDisposableStack()
  const random = seededRandom(effort.seed)
  const postgres = await startOwnPostgres('durable')
  scope.defer(() => postgres.stop())
  await execute(postgres.url, 'create database torture')
  const url = databaseUrl(postgres.url, 'torture')
  const [subscriber, subscribed] = [await startSubscriber(random), await startSubscriber(random)]
  for (const one of [subscriber, subscribed]) scope.defer(() => one.stop())
  const prometheus = await startScriptedPrometheus(script)
  scope.defer(() => prometheus.stop())
  const program = await programOf(effort)
  const { folder, members } = effort
  const nats = await startNatsServer(join(folder, 'nats'), scope)
  const networks = {
    provider: await networkTo(prometheus.url, scope),
    subscriber: await networkTo(subscriber.url, scope),
    subscribed: await networkTo(subscribed.url, scope),
    nats: await networkTo(nats.url, scope),
  }
  const { provider, subscriber: recorder, nats: stream } = networks
  await writeSettings(folder, settingsFor(provider.url, recorder.url, stream.url), files)
  const clock = await createSteppingClock(join(folder, 'clock'))
  const fleet = await startFleet({ program, folder, members, postgresUrl: url, clock, scope })
  for (const key of await subscribe(fleet, networks.subscribed.url)) subscribed.trust(key)
  const before = await usageOf(fleet)
  await execute(url, rememberOrder)
  say(`${fleet.length} processes on ${postgres.description} are ready`)

  const { faults, kill, trouble, standStill } = createFaults(
    {
      fleet,
      clock,
      postgres,
      nats,
      subscriber,
      networks: Object.values(networks).map(({ network }) => network),
      leaseMs: limits.leaseMs,
    },
    random,
  )
  const senders = createSenders(fleet, random, await createPublisher(nats.url, scope))
  for (let round = 0; round < effort.kills; round += 1) {
    const from = Math.floor((effort.triggers * round) / effort.kills)
    const until = Math.floor((effort.triggers * (round + 1)) / effort.kills)
    const sending = launchSome(from, until, senders, random)
    const troubling = effort.standStill ? undefined : random() < troubles ? trouble() : undefined
    await pause(roundMs * random())
    // In the midst of it, when every process holds something, and before anybody dies.
    if (effort.standStill) await standStill()
    await kill()
    await Promise.all([sending, troubling])
    if ((round + 1) % 10 === 0) say(`${round + 1} kills, ${until} triggers`)
  }

  const told = await senders.settled()
  say('everything was answered; waiting for outcomes and deliveries')
  await settled(url, told, say)
  const after = await usageOf(fleet)
  const inStream = await readStream(nats.url)
  const verdict = judgeRun(
    await recordsAt(url),
    { told, witnesses: [subscriber, subscribed, inStream], faults },
    limits,
  )
  return {
    verdict,
    requests: told.sent,
    deliveries: subscriber.taken() + subscribed.taken(),
    messages: inStream.taken(),
    faults,
    usage: { before, after },
    tookMs: performance.now() - startedAt,
  }
}

/** Subscribes at one process and has a second key issued by another; both count for a day. */
async function subscribe(fleet: readonly Program[], url: string): Promise<readonly string[]> {
  const [one, other = one] = fleet
  const Issued = z.object({ id: z.string().optional(), signingKey: z.string() })
  const post = async (to: string, body: object): Promise<z.infer<typeof Issued>> => {
    const headers = { 'content-type': 'application/json' }
    const reply = await fetch(to, { method: 'POST', headers, body: JSON.stringify(body) })
    return Issued.parse(await reply.json())
  }
  const { id, signingKey } = await post(`${one?.url}/v1/subscriptions`, { url })
  const next = await post(`${other?.url}/v1/subscriptions/${id}/rotate-key`, { overlap: '24h' })
  return [signingKey, next.signingKey]
}

/** What `files` ask for. */
export const script: Script = {
  'errors{amount="few"}': { kind: 'value', value: 0.5 },
  'errors{amount="many"}': { kind: 'value', value: 2 },
  'latency{kind="soon"}': { kind: 'value', value: 300, latencyMs: 20 },
  'latency{kind="late"}': { kind: 'value', value: 500, latencyMs: 600 },
  'latency{kind="never"}': { kind: 'hang' },
}

export function settingsFor(prometheusUrl: string, subscriberUrl: string, natsUrl: string | undefined): object {
  return {
    ...(natsUrl === undefined ? {} : { nats: { servers: [natsUrl], createStream: true, triggers: true } }),
    providers: { prometheus: { kind: 'prometheus', url: prometheusUrl } },
    sinks: [{ name: 'recorder', url: subscriberUrl }],
    subscriptions: { allow: ['127.0.0.0/8'] },
    limits: { measureTimeout: '2s', queueTimeout: '1s', lease: '3s', deliveryTimeout: '1s' },
  }
}

/** The repository, or a copy of its program with the mistake that is to be found. */
export async function programOf({ plant, folder }: Effort): Promise<string> {
  if (plant === undefined) return repository
  const copy = join(folder, 'program')
  await mkdir(copy)
  return planted(plant, copy)
}

export async function launchSome(
  from: number,
  until: number,
  senders: ReturnType<typeof createSenders>,
  random: () => number,
): Promise<void> {
  for (let index = from; index < until; index += 1) {
    senders.launch(wishOf(index, random, senders.hasNats))
    await pause((2 * roundMs * random()) / (until - from))
  }
}

export async function usageOf(fleet: readonly Program[]): Promise<readonly Usage[]> {
  return Promise.all(fleet.map((member) => member.usage()))
}

/** Which transactions the one that wrote an event saw. As a default, because that is taken when the statement begins. */
const rememberOrder = `alter table outbox
  add column saw pg_snapshot not null default pg_current_snapshot()`

async function recordsAt(url: string): Promise<Records> {
  const client = new Client({ connectionString: url })
  await client.connect()
  const records = await readRecords(client, 'o.written_by::text as transaction, o.saw::text')
  await client.end()
  return records
}

const openPauseMs = 500
const saidEveryMs = 10_000

/** Longer than NATS waits before it brings again what a killed process had been given. */
const stillMs = 60_000

/** Everything in the stream was taken and nothing is open any more; or nothing has moved for long, which the verdict then says. */
async function settled(url: string, { wishes }: Told, say: (sentence: string) => void): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  const keys = wishes.flat().flatMap(({ by, key }) => (by === 'nats' ? [key] : []))
  let [open, movedAt, saidAt] = [await openAt(client, keys), performance.now(), performance.now()]
  while (open !== nothingOpen && performance.now() - movedAt < stillMs) {
    await pause(openPauseMs)
    const now = await openAt(client, keys)
    if (now !== open) [open, movedAt] = [now, performance.now()]
    if (performance.now() - saidAt < saidEveryMs) continue
    saidAt = performance.now()
    say(`open: ${open}`)
  }
  await client.end()
}

const nothingOpen = '0 triggers in NATS, 0 evaluations, 0 deliveries'

async function openAt(client: Client, keys: readonly string[]): Promise<string> {
  const { rows } = await client.query<{ triggers: string; evaluations: string; deliveries: string }>(
    `select cardinality($1::text[]) - (select count(*) from incoming_events as i where i.event_id = any ($1)) as triggers,
            (select count(*) from evaluations as e where e.finished_at is null) as evaluations,
            (select count(*) from deliveries as d where d.delivered_at is null) as deliveries`,
    [keys],
  )
  const [counts] = rows
  return `${counts?.triggers} triggers in NATS, ${counts?.evaluations} evaluations, ${counts?.deliveries} deliveries`
}
