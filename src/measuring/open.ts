import type { ServiceKey } from '../base/names.ts'
import { loadDefinition, type Definition, type DefinitionRequest } from '../definitions/load.ts'
import { folderOfInstance } from '../definitions/project.ts'
import { createRepositories } from '../definitions/repositories.ts'
import type { Root } from '../definitions/root.ts'
import { namesWithoutFiles, type UnlistedName } from '../definitions/unlisted.ts'
import { createProviderStates, type ProviderStates } from './instance-health.ts'
import { definitionsFor, planningWith, type Instances } from './instances.ts'
import { measure, type MeasureDeps } from './measure.ts'
import { queryIndicator, queryMsMax, type Queried, type QueryCommand, type QueryDeps } from './try-query.ts'

export interface MeasuringSettings {
  /** The folder that holds a folder for each project. */
  readonly definitions: string
  readonly followLinks: boolean
  readonly defaultProvider: string
  /** The variables of the environment that queries may see. */
  readonly placeholders: { readonly environment: Readonly<Record<string, string>> }
  readonly limits: Pick<MeasureDeps, 'measureTimeoutMs' | 'queueTimeoutMs' | 'informationalTimeoutMs'> & {
    /** Objectives of one SLO. */
    readonly objectives: number
    readonly windowMaxMs: number
  }
}

export interface MeasuringRoomDeps {
  /** The settings in force; read at each use. */
  readonly settings: () => MeasuringSettings
  /** Of the process: git reads its own settings there. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: MeasureDeps['log']
}

type MeasureOf = Pick<MeasureDeps, 'project' | 'informational' | 'onBegin'> & {
  readonly window: { readonly start: Date; readonly end: Date }
}

/** Reading definitions, asking providers, and the health of the providers. */
export interface Measuring extends ReturnType<typeof planningWith> {
  define(request: DefinitionRequest): Promise<Definition>
  measure(plan: Parameters<typeof measure>[0], of: MeasureOf, signal: AbortSignal): ReturnType<typeof measure>
  /** Names of a service that neither a list nor a folder has. */
  unlisted(service: ServiceKey): Promise<readonly UnlistedName[]>
  readonly states: Pick<ProviderStates, 'list' | 'check'>
  /** Asks one indicator without judging it. */
  query(command: QueryCommand): Promise<Queried>
  /** Closes all connections to providers. */
  close(): Promise<void>
}

export function openMeasuring(providers: Instances, { settings, env, log }: MeasuringRoomDeps): Measuring {
  const states = createProviderStates(providers, now)
  const { instances } = states
  const names = [...instances.keys()]
  const planning = planningWith(instances)
  const repositories = createRepositories(env, () => performance.now())

  async function define(request: DefinitionRequest): Promise<Definition> {
    const { defaultProvider, limits } = settings()
    const root = rootOf(settings())
    const objectivesMax = limits.objectives
    return loadDefinition(request, {
      ...root,
      objectivesMax,
      repositories,
      defaultProvider,
      ...definitionsFor(instances),
    })
  }

  function queryDeps(): QueryDeps {
    const { limits, placeholders } = settings()
    const root = rootOf(settings())
    return {
      providers: instances,
      define,
      folderOf: (service, name) => folderOfInstance(root, service, { name, names }),
      escapeFor: planning.escapeFor,
      environment: placeholders.environment,
      timeoutMs: Math.min(limits.measureTimeoutMs, queryMsMax),
      windowMaxMs: limits.windowMaxMs,
      now,
    }
  }

  return {
    ...planning,
    define,
    measure: (plan, { window, ...of }, signal) =>
      measure(plan, window, { ...settings().limits, ...of, providers: instances, now, log }, signal),
    unlisted: (service) => namesWithoutFiles(rootOf(settings()), service, names),
    states,
    query: (command) => queryIndicator(command, queryDeps()),
    async close() {
      await Promise.all([...providers.values()].map(({ provider }) => provider.close()))
    },
  }
}

function now(): Date {
  return new Date()
}

function rootOf({ definitions, followLinks }: MeasuringSettings): Root {
  return { root: definitions, followLinks }
}
