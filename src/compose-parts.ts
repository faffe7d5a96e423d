import type { Logger } from 'pino'
import { setTimeout as after } from 'node:timers/promises'
import { isLoopback } from './net/address-range.ts'
import { createApiTokens } from './access/tokens.ts'
import type { Config } from './config/config.ts'
import { loadDefinition } from './definitions/load.ts'
import { folderOfInstance } from './definitions/project.ts'
import { createRepositories } from './definitions/repositories.ts'
import { parseAcceptedSlo } from './definitions/slo-text.ts'
import type { Root } from './definitions/root.ts'
import { namesWithoutFiles } from './definitions/unlisted.ts'
import type { AcceptDeps, RunDeps } from './evaluation/evaluate.ts'
import { createNatsLink, type NatsLink } from './net/nats-connection.ts'
import type { AppDeps } from './http/app.ts'
import { createClientAddress } from './http/client-address.ts'
import { createWrongTokens } from './http/wrong-tokens.ts'
import { measure } from './measuring/measure.ts'
import { definitionsFor, planningWith, type Instances } from './measuring/instances.ts'
import { queryMsMax, type QueryDeps } from './measuring/try-query.ts'
import type { QueueCeilings } from './storage/queue-ceilings.ts'
import type { ScoreHistoryOfDeps } from './history/score-history.ts'
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

export function ceilingsOf({ limits, apiTokens }: Config): QueueCeilings {
  // Of one token everything is, which the ceilings of the projects limit.
  return { evaluations: limits.queued, bytes: limits.queuedBytes, isPerToken: apiTokens.length > 1 }
}

/** Who may call, and how others are refused. */
export function authOf({ apiTokens, host, http }: Config, read: Surroundings['secret'], log: Logger): AppDeps['auth'] {
  const now = (): number => performance.now()
  const pause = (ms: number): Promise<unknown> => after(ms)
  return {
    tokens: createApiTokens(apiTokens, { read, now, pause, log, isLocal: isLoopback(host) }),
    wrongTokens: createWrongTokens(now),
    clientAddress: createClientAddress(http.trustedProxies),
  }
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
    windowMaxMs: config.limits.windowMaxMs,
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
  const folderOf: QueryDeps['folderOf'] = (service, name) => folderOfInstance(rootOf(config), service, { name, names })
  const { windowMaxMs } = config.limits
  return { providers, define, folderOf, escapeFor, environment, timeoutMs, windowMaxMs, now: () => new Date() }
}

export function scoreHistoryDepsOf(config: Config, providers: Instances, store: Store): ScoreHistoryOfDeps {
  return { store, unlisted: (service) => namesWithoutFiles(rootOf(config), service, [...providers.keys()]) }
}

function rootOf({ definitions, followLinks }: Config): Root {
  return { root: definitions, followLinks }
}

export function runDepsOf({ limits }: Config, providers: Instances, store: Store, log: Logger): RunDeps {
  const measureDeps = { ...limits, providers, now: () => new Date(), log }
  return {
    store,
    parse: parseAcceptedSlo,
    measure: (plan, { window, ...of }, signal) => measure(plan, window, { ...measureDeps, ...of }, signal),
  }
}
