import { z } from 'zod'
import type { Mistake } from '../base/errors.ts'
import { Name, ServiceName } from '../base/names.ts'
import { duration, exactly, oneOf, Text } from '../base/setting-kinds.ts'
import { readSettings } from '../base/yaml-settings.ts'
import { defaultPolicies, type Policies } from '../../slo/index.ts'
import { folderFiles, type DefinitionFiles } from './files.ts'
import { remember } from '../base/memoize.ts'
import type { Root } from './root.ts'

/** What a `project.yaml` says; without one, `defaultProject`. */
export interface Project {
  /** Answers objectives that name no provider. */
  readonly provider: string | undefined
  readonly policies: ProjectPolicies
  /** The only services there are; undefined when the list is open. */
  readonly services: readonly string[] | undefined
  /** The display name of a service, if the list of services has one. */
  readonly displayNames: ReadonlyMap<string, string>
  /** The only stages there are; undefined when the list is open. */
  readonly stageNames: readonly string[] | undefined
  readonly stages: Readonly<Record<string, StageSettings>>
  readonly window: WindowRules
  readonly requests: RequestRules
}

/** What holds for one stage only. */
export interface StageSettings {
  /** Which configured instance a provider's name stands for. */
  readonly providers: Readonly<Record<string, string>>
  /** Wins, key by key, over the project's. */
  readonly window?: Partial<WindowRules>
}

/** Which windows are accepted. Lengths in milliseconds; undefined means the default of the service. */
export interface WindowRules {
  readonly minimum?: number | undefined
  /** Where a window may come from: the caller, or the test in an event. */
  readonly from?: readonly WindowOrigin[] | undefined
  /** How long before the event a window taken from `test` may have ended. */
  readonly maxAge?: number | undefined
}

export const windowOrigins = ['request', 'test'] as const
export type WindowOrigin = (typeof windowOrigins)[number]

/** What a request may bring along instead of the project's own. */
export interface RequestRules {
  /** `apart`: an inline SLO's evaluations have a history of their own; `allow`: they belong to the service's. */
  readonly slo: 'deny' | 'apart' | 'allow'
  /** Globs of metrics that an `sli.yaml` answers but whose values may be pushed. */
  readonly values: readonly string[]
}

export interface ProjectPolicies extends Policies {
  /** What a service without any `slo.yaml` gets. `pass` is Keptn's own behaviour. */
  readonly missingSlo: 'fail' | 'pass'
}

export const defaultProject: Project = {
  provider: undefined,
  policies: { ...defaultPolicies, missingSlo: 'fail' },
  services: undefined,
  displayNames: new Map(),
  stageNames: undefined,
  stages: {},
  window: {},
  requests: { slo: 'apart', values: [] },
}

/**
 * Reads `<root>/<project>/project.yaml`. `instances` are the names of the configured providers.
 * With mistakes, the project is the default one.
 */
export async function readProject(
  from: DefinitionFiles,
  project: string,
  instances: readonly string[],
): Promise<{ readonly project: Project; readonly mistakes: readonly Mistake[] }> {
  const file = await from.read(`${project}/project.yaml`)
  if (file.kind === 'absent') return { project: defaultProject, mistakes: [] }
  if (file.kind === 'unreadable') return { project: defaultProject, mistakes: [file.mistake] }
  const settings = parse(file.text, ...instances)
  if (settings.kind === 'valid') return { project: settings.value, mistakes: [] }
  return { project: defaultProject, mistakes: settings.mistakes.map((mistake) => ({ ...mistake, file: file.path })) }
}

/** The rules of one stage: its own, key by key, else the project's. */
export function windowRulesOf({ window, stages }: Project, stage: string): WindowRules {
  return { ...window, ...new Map(Object.entries(stages)).get(stage)?.window }
}

/** The folder that holds an instance's files in a stage: the name that the stage gives it, else its own. */
export async function folderOfInstance(
  root: Root,
  { project, stage }: { readonly project: string; readonly stage: string },
  { name, names }: { readonly name: string; readonly names: readonly string[] },
): Promise<string> {
  const { stages } = (await readProject(folderFiles(root), project, names)).project
  const mapped = Object.entries(new Map(Object.entries(stages)).get(stage)?.providers ?? {})
  return mapped.find(([, instance]) => instance === name)?.[0] ?? name
}

const parse = remember((text: string, ...instances: readonly string[]) =>
  readSettings(text, (unchecked) => projectSchema(instances, unchecked)),
)

/** The value of a key of a mapping that is not checked yet. */
function fieldOf(unchecked: unknown, key: string): unknown {
  return z.looseObject({}).safeParse(unchecked).data?.[key]
}

/** The names that any stage gives to an instance, as far as the file can be understood. */
function stageProviders(unchecked: unknown): readonly string[] {
  const Stage = z.object({ providers: z.record(z.string(), z.unknown()) }).catch({ providers: {} })
  const Stages = z.object({ stages: z.record(z.string(), Stage) })
  const { data } = Stages.safeParse(unchecked)
  return Object.values(data?.stages ?? {}).flatMap(({ providers }) => Object.keys(providers))
}

function projectSchema(instances: readonly string[], unchecked: unknown): z.ZodType<Project> {
  const { policies, requests } = defaultProject
  const Stage = exactly({ providers: z.record(Name, known(instances)).default({}), window: Window.exactOptional() })
  const Service = exactly({ displayName: Text.optional() })
  return exactly({
    provider: known([...instances, ...stageProviders(unchecked)]).optional(),
    policies: exactly({
      missingData: oneOf(['warning', 'fail', 'keptn']).default(policies.missingData),
      noBaseline: oneOf(['pass', 'warning', 'fail']).default(policies.noBaseline),
      missingSlo: oneOf(['fail', 'pass']).default(policies.missingSlo),
      ungated: oneOf(['warning', 'pass', 'fail']).default(policies.ungated),
      windowLength: oneOf(['keptn', 'warning', 'fail']).default(policies.windowLength),
      misspeltKeys: oneOf(['refuse', 'fail', 'keptn']).default(policies.misspeltKeys),
    }).prefault({}),
    services: namesOf(fieldOf(unchecked, 'services'), ServiceName, Service).optional(),
    stages: namesOf(fieldOf(unchecked, 'stages'), Name, Stage).optional(),
    window: Window.default({}),
    requests: exactly({
      slo: oneOf(['deny', 'apart', 'allow']).default(requests.slo),
      values: z.array(Text, { error: 'must be a list of names; * matches any characters' }).default([]),
    }).prefault({}),
  }).transform(({ provider, services, stages, ...rest }) => ({
    provider,
    services: services && Object.keys(services),
    displayNames: new Map(
      Object.entries(services ?? {}).flatMap(([name, { displayName } = {}]) =>
        displayName ? [[name, displayName]] : [],
      ),
    ),
    stageNames: stages && Object.keys(stages),
    stages: Object.fromEntries(
      Object.entries(stages ?? {}).map(([name, stage]) => [name, { providers: {}, ...stage }] as const),
    ),
    ...rest,
  }))
}

const Window = exactly({
  minimum: duration(10_000, 3_600_000, '1m').optional(),
  from: z
    .array(oneOf(windowOrigins), { error: 'must be a list of request and test' })
    .min(1, 'must not be empty')
    .optional(),
  maxAge: duration(60_000, 30 * 24 * 3_600_000, '1h').optional(),
})

/** A list of names, or a map from names to settings; `unchecked` decides which. */
function namesOf<Entry>(
  unchecked: unknown,
  EntryName: typeof Name,
  Entry: z.ZodType<Entry>,
): z.ZodType<Readonly<Record<string, Entry | undefined>>> {
  if (!Array.isArray(unchecked))
    return z.record(EntryName, Entry, { error: 'must be a list of names, or a map from names to settings' })
  const Names = z.array(EntryName)
  return Names.transform((names) => Object.fromEntries(names.map((name) => [name, undefined])))
}

function known(names: readonly string[]) {
  const distinct = [...new Set(names)]
  return z.string({ error: 'must be the name of a provider' }).refine((name) => distinct.includes(name), {
    error: `must be a configured provider: ${distinct.length === 0 ? 'there is none' : distinct.join(' or ')}`,
  })
}
