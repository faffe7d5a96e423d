import { setTimeout as after } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'
import { createApiTokens } from './access/tokens.ts'
import { recipients } from './announcing/delivery/deliveries.ts'
import { createAnnouncer } from './announcing/keptn-events.ts'
import { openAnnouncing } from './announcing/open.ts'
import { requireUnlistedDecided } from './compose-unlisted.ts'
import type { Config } from './config/config.ts'
import { openEvaluations } from './evaluation/open.ts'
import { scoreHistoryOf } from './history/score-history.ts'
import { createApp, type Perimeter, type Resources } from './http/app.ts'
import { createClientAddress } from './http/client-address.ts'
import { connectionLimits } from './http/connections.ts'
import { closeListener, listen } from './http/listen.ts'
import { createWrongTokens } from './http/wrong-tokens.ts'
import { openIntake } from './intake/open.ts'
import { openProviders, type Instances } from './measuring/instances.ts'
import { openMeasuring } from './measuring/open.ts'
import { isLoopback } from './net/address-range.ts'
import { createNatsLink, type NatsLink } from './net/nats-connection.ts'
import { isDatabaseUnavailable, openDatabase, type Database } from './storage/engine/database.ts'
import { migrate } from './storage/engine/migrate.ts'
import { createWakeUps } from './storage/engine/wake-ups.ts'
import { releaseAllLeases } from './storage/evaluation-queue.ts'
import { createStore, type Store } from './storage/store.ts'

/** A running service. */
export interface Service {
  /** Where it listens. */
  readonly url: string
  readonly database: Database['kind']
  /** Stops listening, finishes or gives back running evaluations, closes everything. */
  stop(): Promise<void>
}

/** What the process gives the service. */
export interface Surroundings {
  readonly log: Logger
  /** Reads a secret reference; throws an Error that names the reference only. */
  readonly secret: (reference: string) => Promise<string>
  readonly env: Readonly<Record<string, string | undefined>>
}

/** What is opened before the service starts. */
interface Opened {
  readonly providers: Instances
  readonly database: Database
}

/** The grace period for running evaluations when the service stops. */
const stopGraceMs = 5_000

const migrations = fileURLToPath(new URL('../migrations', import.meta.url))

/** Puts the service together and starts it. Throws StartError when it cannot run. */
export async function compose(config: Config, surroundings: Surroundings): Promise<Service> {
  const { log, secret } = surroundings
  await requireUnlistedDecided(config, log)
  const providers = await openProviders(config.providers, secret)
  const database = await openDatabase({ url: config.databaseUrl, folder: config.dataFolder, log })
  try {
    await migrate(database.pool, migrations, log)
    // No other process can have this database open, so every lease is of a process that is gone.
    if (database.kind === 'embedded') await releaseAllLeases(database.pool)
    return await start(config, { providers, database }, surroundings)
  } catch (error) {
    await database.close()
    throw error
  }
}

async function start(
  config: Config,
  { providers, database }: Opened,
  { log, secret, env }: Surroundings,
): Promise<Service> {
  // Rooms ask for the settings when they need them: to replace them is to replace `current`.
  const snapshot = { current: config }
  const settings = (): Config => snapshot.current
  const stopping = new AbortController()
  const store = openStore(config, database)
  const link = linkOf(config, secret, log)
  const common = { settings, store, isUnavailable: isDatabaseUnavailable, log }
  const announcing = openAnnouncing(config, { ...common, link, stopping: stopping.signal })
  const announced = (): void => announcing.wake()
  const measuring = openMeasuring(providers, { settings, env, log })
  const wakeUps = createWakeUps(database, { heard: () => evaluations.wake(), log })
  const evaluations = openEvaluations({ ...common, measuring, announced, queued: () => wakeUps.send() })
  const intake = openIntake({ ...common, accept: (command) => evaluations.accept(command), announced, link, secret })
  const resources: Resources = {
    evaluations: { ...evaluations, now: () => new Date() },
    scoreHistory: {
      page: (service, place, limit) =>
        scoreHistoryOf(service, place, limit, { store, unlisted: (named) => measuring.unlisted(named) }),
    },
    events: intake,
    eventStream: { follow: announcing.follow, stopping: stopping.signal },
    providers: { ...measuring.states, query: (command) => measuring.query(command) },
    subscriptions: { subscribers: announcing.subscribers, wakeSender: announced },
  }
  const app = await createApp({
    resources,
    perimeter: perimeterOf(config, secret, log),
    health: { ping: () => store.ping(), isStopping: () => stopping.signal.aborted },
    isUnavailable: isDatabaseUnavailable,
    log,
  })
  const url = await listen(app, config)
  for (const room of [evaluations, announcing, wakeUps, link, intake]) room?.start()
  return {
    url,
    database: database.kind,
    async stop() {
      stopping.abort()
      evaluations.release()
      await Promise.all([closeListener(app), intake.stop()])
      await evaluations.stop(stopGraceMs)
      await announcing.stop(stopGraceMs / 5)
      await Promise.all([wakeUps.stop(), link?.stop()])
      await measuring.close()
      await database.close()
    },
  }
}

function openStore(config: Config, { pool }: Database): Store {
  const { limits, apiTokens, events, publicUrl } = config
  // With one token, everything is its, and the ceilings of the projects limit that.
  const ceilings = { evaluations: limits.queued, bytes: limits.queuedBytes, isPerToken: apiTokens.length > 1 }
  return createStore(pool, createAnnouncer({ ...events, publicUrl }, recipients(config)), ceilings)
}

function linkOf({ nats }: Config, secret: Surroundings['secret'], log: Logger): NatsLink | undefined {
  if (nats === undefined) return undefined
  const { token } = nats
  return createNatsLink(nats, { token: async () => (token === undefined ? undefined : secret(token)), log })
}

/** Who may call, and how others are refused. */
function perimeterOf(config: Config, read: Surroundings['secret'], log: Logger): Perimeter {
  const { apiTokens, host, http, publicUrl } = config
  const now = (): number => performance.now()
  const pause = (ms: number): Promise<unknown> => after(ms)
  return {
    auth: {
      tokens: createApiTokens(apiTokens, { read, now, pause, log, isLocal: isLoopback(host) }),
      wrongTokens: createWrongTokens(now),
      clientAddress: createClientAddress(http.trustedProxies),
    },
    publicUrl,
    hosts: http.hosts,
    connectionLimits,
  }
}
