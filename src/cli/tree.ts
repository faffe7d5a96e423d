import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { computedProvider } from '../definitions/answer.ts'
import { Name } from '../base/names.ts'
import { whyNot } from './files.ts'
import { usageError } from './terminal.ts'

/** Stands for a stage or a service that the tree does not name, where a wider level's files count. */
export const anyName = 'any'

/** What a definitions root holds. */
export interface Tree {
  readonly projects: readonly {
    readonly project: string
    /** Whether there are any definitions in it or below it. */
    readonly hasFiles: boolean
    /** Of its stages, with `anyName` for the service, and of their services. */
    readonly folders: readonly {
      readonly stage: string
      readonly service: string
      /** Whether there are definitions in it. */
      readonly hasFiles: boolean
    }[]
  }[]
  /** Names of the providers' folders. */
  readonly providers: readonly string[]
}

interface Folder {
  readonly hasFiles: boolean
  readonly places: readonly string[]
  readonly providers: readonly string[]
}

/** A folder with its own folders; a provider's is one that holds an sli.yaml or an options.yaml. */
async function foldersIn(path: string): Promise<Folder> {
  const entries = await readdir(path, { withFileTypes: true })
  const named = entries.filter(({ name }) => Name.safeParse(name).success)
  const areFolders = await Promise.all(named.map((entry) => isFolder(path, entry)))
  const folders = named.filter((_, place) => areFolders[place] === true).map(({ name }) => name)
  const isProvider = await Promise.all(
    folders.map(async (name) => {
      const files = await readdir(join(path, name))
      return files.includes('sli.yaml') || files.includes('options.yaml')
    }),
  )
  const providers = folders.filter((_, place) => isProvider[place] === true)
  return {
    hasFiles: providers.length > 0 || entries.some(({ name }) => name === 'slo.yaml' || name === 'project.yaml'),
    places: folders.filter((_, place) => isProvider[place] !== true).toSorted(),
    providers,
  }
}

/** A link to a folder is one, as in a mounted ConfigMap; whether it leads out of the root is told when its files are read. */
async function isFolder(parent: string, entry: Dirent): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory()
  const stats = await stat(join(parent, entry.name)).catch(() => undefined)
  return stats?.isDirectory() ?? false
}

/** Reads the folders below `root`, which is called `shown`. Throws a CommandError that says why not. */
export async function treeOf(root: string, shown: string): Promise<Tree> {
  const top = await foldersIn(root).catch((error: unknown) => {
    throw usageError(`${shown} cannot be read as a folder: ${whyNot(error)}`)
  })
  if (top.places.length === 0) throw usageError(`${shown} holds no project: each is a folder with its slo.yaml files`)
  const providers = new Set<string>(top.providers)
  const read = async (...names: readonly string[]): Promise<Folder> => {
    const folder = await foldersIn(join(root, ...names)).catch((error: unknown) => {
      throw usageError(`a folder below ${[shown, ...names].join('/')} cannot be read: ${whyNot(error)}`)
    })
    for (const name of folder.providers) providers.add(name)
    return folder
  }
  const projects: Tree['projects'][number][] = []
  for (const project of top.places) {
    const { hasFiles, places } = await read(project)
    const folders: Tree['projects'][number]['folders'][number][] = []
    for (const stage of places) {
      const own = await read(project, stage)
      folders.push({ stage, service: anyName, hasFiles: own.hasFiles })
      for (const service of own.places) {
        folders.push({ stage, service, hasFiles: (await read(project, stage, service)).hasFiles })
      }
    }
    projects.push({ project, hasFiles: hasFiles || folders.some((folder) => folder.hasFiles), folders })
  }
  providers.delete(computedProvider)
  return { projects, providers: [...providers].toSorted() }
}
