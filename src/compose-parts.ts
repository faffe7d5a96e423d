import type { Logger } from 'pino'
import type { Config } from './config.ts'
import { loadDefinition } from './definitions/load.ts'
import { folderOfInstance } from './definitions/project.ts'
import { createRepositories } from './definitions/repositories.ts'
import { parseAcceptedSlo } from './definitions/slo-text.ts'
import type { AcceptDeps, RunDeps } from './evaluate.ts'
import { createNatsLink, type NatsLink } from './events/nats-link.ts'
import { measure } from './measure.ts'
import { definitionsFor, planningWith, type Instances } from './providers.ts'
import { queryMsMax, type QueryDeps } from './query-indicator.ts'
import type { Store } from './storage/store.ts'

/** What the process around the service gives it. */
export interface Surroundings {
  readonly log: Logger
  /** Reads a secret reference; throws an Error that names the reference only. */
  readonly secret: (reference: string) => Promise<string>
  readonly env: Readonly<Record<string, string | undefined>>
}

export function natsLinkOf({ nats }: Config, secret: Surroundings['secret'], log: Logger): NatsLink | undefined {
  if (nats === undefined) return undefined
  const { token } = nats
  return createNatsLink(nats, { token: async () => (token === undefined ? undefined : secret(token)), log })
}

export function acceptDepsOf(
  config: Config,
  providers: Instances,
  store: Store,
  { log, env }: Surroundings,
): AcceptDeps {
  const { definitions: root, followLinks, defaultProvider, limits } = config
  const repositories = createRepositories(env, () => performance.now())
  const known = {
    root,
    followLinks,
    objectivesMax: limits.objectives,
    repositories,
    defaultProvider,
    ...definitionsFor(providers),
  }
  return {
    store,
    define: (request) => loadDefinition(request, known),
    ...planningWith(providers),
    environment: config.placeholders.environment,
    testAgeMaxMs: config.events.testAgeMaxMs,
    log,
  }
}

export function queryDepsOf(
  config: Config,
  providers: Instances,
  { define, escapeFor, environment }: AcceptDeps,
): QueryDeps {
  const names = [...providers.keys()]
  const timeoutMs = Math.min(config.limits.measureTimeoutMs, queryMsMax)
  const folderOf: QueryDeps['folderOf'] = (service, name) =>
    folderOfInstance({ root: config.definitions, followLinks: config.followLinks }, service, { name, names })
  return { providers, define, folderOf, escapeFor, environment, timeoutMs, now: () => new Date() }
}

export function runDepsOf({ limits }: Config, providers: Instances, store: Store, log: Logger): RunDeps {
  const measureDeps = { ...limits, providers, now: () => new Date(), log }
  return {
    store,
    parse: parseAcceptedSlo,
    measure: (plan, window, signal, informational) => measure(plan, window, { ...measureDeps, informational }, signal),
  }
}
