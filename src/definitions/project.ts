import { z } from 'zod'
import type { Mistake } from '../errors.ts'
import { Name } from '../service.ts'
import { exactly, oneOf, readSettings } from '../settings.ts'
import { defaultPolicies, type Policies } from '../../slo/index.ts'
import { folderFiles, type DefinitionFiles } from './files.ts'
import { remember } from '../remember.ts'

/** What a `project.yaml` says; without one, `defaultProject`. */
export interface Project {
  /** Answers objectives that name no provider. */
  readonly provider: string | undefined
  readonly policies: ProjectPolicies
  /** The only services there are; undefined when the list is open. */
  readonly services: readonly string[] | undefined
  /** By stage: which configured instance a provider's name stands for. */
  readonly stages: Readonly<Record<string, { readonly providers: Readonly<Record<string, string>> }>>
}

export interface ProjectPolicies extends Policies {
  /** What a service without any `slo.yaml` gets. `pass` is Keptn's own behaviour. */
  readonly missingSlo: 'fail' | 'pass'
}

export const defaultProject: Project = {
  provider: undefined,
  policies: { ...defaultPolicies, missingSlo: 'fail' },
  services: undefined,
  stages: {},
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

/** The folder that holds an instance's files in a stage: the name that the stage gives it, else its own. */
export async function folderOfInstance(
  root: string,
  { project, stage }: { readonly project: string; readonly stage: string },
  { name, names }: { readonly name: string; readonly names: readonly string[] },
): Promise<string> {
  const { stages } = (await readProject(folderFiles(root), project, names)).project
  const mapped = Object.entries(new Map(Object.entries(stages)).get(stage)?.providers ?? {})
  return mapped.find(([, instance]) => instance === name)?.[0] ?? name
}

const parse = remember((text: string, ...instances: readonly string[]) =>
  readSettings(text, (unchecked) => projectSchema(instances, stageProviders(unchecked))),
)

/** The names that any stage gives to an instance, as far as the file can be understood. */
function stageProviders(unchecked: unknown): readonly string[] {
  const Stages = z.object({ stages: z.record(z.string(), z.object({ providers: z.record(z.string(), z.unknown()) })) })
  const { data } = Stages.safeParse(unchecked)
  return Object.values(data?.stages ?? {}).flatMap(({ providers }) => Object.keys(providers))
}

function projectSchema(instances: readonly string[], stageNames: readonly string[]): z.ZodType<Project> {
  const { policies } = defaultProject
  const Stage = exactly({ providers: z.record(Name, known(instances)).default({}) })
  return exactly({
    provider: known([...instances, ...stageNames]).optional(),
    policies: exactly({
      missingData: oneOf(['warning', 'fail', 'keptn']).default(policies.missingData),
      noBaseline: oneOf(['pass', 'warning', 'fail']).default(policies.noBaseline),
      missingSlo: oneOf(['fail', 'pass']).default(policies.missingSlo),
    }).default(policies),
    services: z.array(Name, { error: 'must be a list of names' }).optional(),
    stages: z.record(Name, Stage, { error: 'must map stages' }).default({}),
  }).transform(({ provider, services, ...rest }) => ({ provider, services, ...rest }))
}

function known(names: readonly string[]) {
  const distinct = [...new Set(names)]
  return z.string({ error: 'must be the name of a provider' }).refine((name) => distinct.includes(name), {
    error: `must be a configured provider: ${distinct.length === 0 ? 'there is none' : distinct.join(' or ')}`,
  })
}
