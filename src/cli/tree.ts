import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { computedProvider } from '../compute.ts'
import { Name, type ServiceKey } from '../service.ts'
import { whyNot } from './files.ts'
import { usageError } from './terminal.ts'

/** Stands for a stage or a service that the tree does not name, where a wider level's files count. */
export const anyName = 'any'

/** What a definitions root holds. */
export interface Tree {
  readonly services: readonly ServiceKey[]
  /** Names of the providers' folders. */
  readonly providers: readonly string[]
}

/** A folder with its own folders; a provider's is one that holds an sli.yaml or an options.yaml. */
async function foldersIn(
  path: string,
): Promise<{ readonly places: readonly string[]; readonly providers: readonly string[] }> {
  const entries = await readdir(path, { withFileTypes: true })
  const folders = entries
    .filter((entry) => entry.isDirectory() && Name.safeParse(entry.name).success)
    .map(({ name }) => name)
  const isProvider = await Promise.all(
    folders.map(async (name) => {
      const files = await readdir(join(path, name))
      return files.includes('sli.yaml') || files.includes('options.yaml')
    }),
  )
  return {
    places: folders.filter((_, place) => isProvider[place] !== true).toSorted(),
    providers: folders.filter((_, place) => isProvider[place] === true),
  }
}

/** Reads the folders below `root`, which is called `shown`. Throws a CommandError that says why not. */
export async function treeOf(root: string, shown: string): Promise<Tree> {
  const projects = await foldersIn(root).catch((error: unknown) => {
    throw usageError(`${shown} cannot be read as a folder: ${whyNot(error)}`)
  })
  if (projects.places.length === 0)
    throw usageError(`${shown} holds no project: each is a folder with its slo.yaml files`)
  const services: ServiceKey[] = []
  const providers = new Set<string>(projects.providers)
  for (const project of projects.places) {
    const stages = await foldersIn(join(root, project))
    for (const name of stages.providers) providers.add(name)
    services.push({ project, stage: anyName, service: anyName })
    for (const stage of stages.places) {
      const found = await foldersIn(join(root, project, stage))
      for (const name of found.providers) providers.add(name)
      services.push({ project, stage, service: anyName })
      for (const service of found.places) {
        for (const name of (await foldersIn(join(root, project, stage, service))).providers) providers.add(name)
        services.push({ project, stage, service })
      }
    }
  }
  providers.delete(computedProvider)
  return { services, providers: [...providers].toSorted() }
}
