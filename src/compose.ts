import { setTimeout as after } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { EvaluateCommand } from './evaluation/command.ts'
import type { Config } from './config/config.ts'
import { parseAcceptedSlo } from './definitions/slo-text.ts'
import { requireUnlistedDecided } from './compose-unlisted.ts'
import { createEndings } from './evaluation/waiters.ts'
import {
  acceptDepsOf,
  authOf,
  ceilingsOf,
  natsLinkOf,
  queryDepsOf,
  runDepsOf,
  scoreHistoryDepsOf,
  type Surroundings,
} from './compose-parts.ts'
import { accept, run } from './evaluation/evaluate.ts'
import type { Accepted } from './evaluation/evaluation-store.ts'
import { hasEnded, type Arrival } from './evaluation/evaluation.ts'
import { explainEvaluation } from './evaluation/explain.ts'
import { acceptEvent, type EventOutcome } from './intake/accept-event.ts'
import type { IncomingEvent } from './intake/cloudevent.ts'
import { createAnnouncer } from './announcing/keptn-events.ts'
import { createNatsIntake } from './intake/nats-intake.ts'
import { createSenders, recipients } from './announcing/delivery/deliveries.ts'
import { createApp } from './http/app.ts'
import { connectionLimits } from './http/connections.ts'
import { closeListener, listen } from './http/listen.ts'
import { createSignatureCheck } from './intake/signature.ts'
import { createProviderStates } from './measuring/instance-health.ts'
import { openProviders, type Instances } from './measuring/instances.ts'
import { queryIndicator } from './measuring/try-query.ts'
import { createRetention } from './announcing/retention.ts'
import { scoreHistoryOf } from './history/score-history.ts'
import { createSigningKeys } from './announcing/delivery/signing-keys.ts'
import { isDatabaseUnavailable, openDatabase, type Database } from './storage/engine/database.ts'
import { migrate } from './storage/engine/migrate.ts'
import { releaseAllLeases } from './storage/evaluation-queue.ts'
import { createStore } from './storage/store.ts'
import { createWakeUps } from './storage/engine/wake-ups.ts'
import { createSubscribers } from './announcing/subscriptions/manage.ts'
import { version } from './base/version.ts'
import { createWorker } from './evaluation/worker.ts'

/** A running service. */
export interface Service {
  /** Where it listens. */
  readonly url: string
  readonly database: Database['kind']
  /** Stops listening, finishes or gives back what runs, closes everything. */
  stop(): Promise<void>
}

/** What runs gets so long to finish when the service stops, before it is given back. */
const stopGraceMs = 5_000

/** An evaluation is given up when so many of its runs ended with their process. */
const runsMax = 3

const migrations = fileURLToPath(new URL('../migrations', import.meta.url))

/** Puts the service together and starts it. Throws StartError when it cannot run. */
export async function compose(config: Config, { log, secret, env }: Surroundings): Promise<Service> {
  await requireUnlistedDecided(config, log)
  const providers = await openProviders(config.providers, secret)
  const database = await openDatabase({ url: config.databaseUrl, folder: config.dataFolder, log })
  try {
    await migrate(database.pool, migrations, log)
    // Nobody else can have this database open: whoever held a lease is gone.
    if (database.kind === 'embedded') await releaseAllLeases(database.pool)
    return await start(config, providers, database, { log, secret, env })
  } catch (error) {
    await database.close()
    throw error
  }
}

async function start(
  config: Config,
  providers: Instances,
  database: Database,
  { log, secret, env }: Surroundings,
): Promise<Service> {
  const { limits } = config
  const store = createStore(
    database.pool,
    createAnnouncer({ ...config.events, publicUrl: config.publicUrl }, recipients(config)),
    ceilingsOf(config),
  )
  const endings = createEndings(store.find)
  const states = createProviderStates(providers, () => new Date())
  const acceptDeps = acceptDepsOf(config, states.instances, store, { log, secret, env })
  const runDeps = runDepsOf(config, states.instances, store, log)
  const stopping = new AbortController()

  const link = natsLinkOf(config, secret, log)
  const { secretKey } = config.subscriptions
  const signing = secretKey === undefined ? undefined : createSigningKeys(secretKey)
  const sending = { store: store.deliveries, addressees: store.addressees, signing, link }
  const sender = createSenders(config, { ...sending, stopping: stopping.signal, log })
  const retention = createRetention(config.events.retentionMs, {
    removeOld: store.removeOldEvents,
    isUnavailable: isDatabaseUnavailable,
    log,
  })
  const wakeUps = createWakeUps(database, { heard: () => worker.wake(), log })
  const worker = createWorker(
    {
      store,
      run: (taken, signal) => run(taken, runDeps, signal),
      ended: (evaluation) => {
        endings.ended(evaluation)
        sender.wake()
      },
      released: () => wakeUps.send(),
      isUnavailable: isDatabaseUnavailable,
      log,
    },
    { evaluations: limits.concurrency, leaseMs: limits.leaseMs, pollMs: limits.pollMs, runsMax },
  )
  const acceptHere = async (command: EvaluateCommand): Promise<Accepted> => {
    const accepted = await worker.admit(command.service.project, (leaseFor) => accept(command, acceptDeps, leaseFor))
    sender.wake()
    if (!accepted.replayed && accepted.taken === undefined) {
      worker.wake()
      wakeUps.send()
    }
    return accepted
  }
  const acceptEventHere = (event: IncomingEvent, arrival: Arrival): Promise<EventOutcome> =>
    acceptEvent(event, arrival, {
      accept: acceptHere,
      findTriggered: store.findTriggered,
      invalidate: async (evaluation, by) => {
        const invalidated = await store.invalidate(evaluation, by)
        sender.wake()
        return invalidated
      },
      listed: config.events.signatures.map(({ source }) => source),
      forms: config.events.accept,
      now: () => new Date(),
    })
  const natsIntake =
    link !== undefined && config.nats?.triggers === true
      ? createNatsIntake(config.nats, {
          link,
          acceptEvent: (event) => acceptEventHere(event, { trust: 'vouched' }),
          keepTerminated: store.keepTerminated,
          isUnavailable: isDatabaseUnavailable,
          ping: () => store.ping(),
          log,
        })
      : undefined
  const app = await createApp({
    auth: authOf(config, secret, log),
    publicUrl: config.publicUrl,
    connectionLimits,
    served: { publicUrl: config.publicUrl, hosts: config.http.hosts },
    accept: acceptHere,
    now: () => new Date(),
    checkSignatures: createSignatureCheck(config.events, { secret, now: () => new Date() }),
    acceptEvent: acceptEventHere,
    wait: (id, waitMs, justWritten) => endings.wait(id, waitMs, justWritten),
    explain: (evaluation) => explainEvaluation(evaluation, { inputs: store.inputs, parse: parseAcceptedSlo }),
    cancel: async (id) => {
      const found = await store.cancel(id)
      if (found !== undefined && hasEnded(found.evaluation)) endings.ended(found.evaluation)
      worker.drop(id)
      sender.wake()
      return found
    },
    scoreHistory: (service, place, limit) =>
      scoreHistoryOf(service, place, limit, scoreHistoryDepsOf(config, providers, store)),
    providerStates: () => states.list(),
    checkProvider: (name) => states.check(name),
    queryProvider: (command) => queryIndicator(command, queryDepsOf(config, states.instances, acceptDeps)),
    subscribers: createSubscribers({
      store: store.subscriptions,
      sinks: config.sinks,
      signing,
      refusal: (to) => sender.refusal(to),
      tryOnce: (message, to) => sender.tryOnce(message, to),
      source: config.events.source,
      now: () => new Date(),
    }),
    wakeSender: () => sender.wake(),
    ping: () => store.ping(),
    isStopping: () => stopping.signal.aborted,
    stopping: stopping.signal,
    follow: {
      store: store.stream,
      wait: (signal) => after(limits.pollMs, undefined, { signal }).catch(() => undefined),
      now: () => performance.now(),
    },
    isUnavailable: isDatabaseUnavailable,
    log,
    version,
  })
  const url = await listen(app, config)
  worker.start()
  sender.start()
  wakeUps.start()
  retention.start()
  link?.start()
  natsIntake?.start()
  return {
    url,
    database: database.kind,
    async stop() {
      stopping.abort()
      endings.release()
      await Promise.all([closeListener(app), natsIntake?.stop()])
      await worker.stop(stopGraceMs)
      await sender.stop(stopGraceMs / 5)
      await Promise.all([wakeUps.stop(), retention.stop(), link?.stop()])
      await Promise.all([...providers.values()].map(({ provider }) => provider.close()))
      await database.close()
    },
  }
}
