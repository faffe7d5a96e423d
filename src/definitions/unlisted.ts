import { readdir, stat } from 'node:fs/promises'
import { posix } from 'node:path'
import { computedProvider } from './answer.ts'
import { PharosError } from '../base/errors.ts'
import { nearestName, shownNames } from '../base/near-name.ts'
import { Name, type ServiceKey } from '../base/names.ts'
import { filesIn } from './files.ts'
import { createFolders, type Folders } from './folders.ts'
import { readProject, type Project } from './project.ts'
import type { Root } from './root.ts'

/** A stage or a service that neither a list of `project.yaml` nor a folder names. */
export interface UnlistedName {
  readonly kind: 'stage' | 'service'
  /** Folders of this kind that there are. */
  readonly folders: readonly string[]
}

/** Throws PharosError `stage_not_found` or `service_not_found` for a name that is not on the project's list. */
export function refuseUnlisted({ project, stage, service }: ServiceKey, settings: Project): void {
  const { stageNames, services, displayNames } = settings
  if (stageNames !== undefined && !stageNames.includes(stage)) {
    const list = listed(`${project}/project.yaml`, 'stage', stageNames, nearestName(stage, stageNames))
    throw new PharosError('stage_not_found', `there is no stage ${stage} in project ${project}: ${list}`)
  }
  if (services !== undefined && !services.includes(service)) {
    const shown = services.map((name) => shownService(name, displayNames.get(name)))
    const nearest = nearestService(service, services, displayNames)
    const list = listed(`${project}/project.yaml`, 'service', shown, nearest)
    throw new PharosError('service_not_found', `there is no service ${service} in project ${project}: ${list}`)
  }
}

function listed(file: string, kind: string, names: readonly string[], nearest: string | undefined): string {
  const hint = nearest === undefined ? '' : ` (did you mean ${nearest}?)`
  return `${file} lists ${names.length === 0 ? `no ${kind}` : shownNames(names)}${hint}`
}

function shownService(name: string, displayName: string | undefined): string {
  return displayName === undefined ? name : `${name} ("${displayName}")`
}

/** By its name, or by its display name. */
function nearestService(
  written: string,
  services: readonly string[],
  displayNames: Project['displayNames'],
): string | undefined {
  const nearest = nearestName(written, [...services, ...displayNames.values()])
  return services.find((name) => nearest !== undefined && [name, displayNames.get(name)].includes(nearest))
}

/**
 * Which names of a service are on no list and have no folder; a service is known by its folder in any stage. Folders named
 * after one of `instances`, or after a stage's name for it, contain the queries of providers.
 */
export async function unlistedNames(
  within: Folders,
  { project, stage, service }: ServiceKey,
  settings: Project,
  instances: readonly string[],
): Promise<readonly UnlistedName[]> {
  const { stageNames, services } = settings
  if (stageNames !== undefined && services !== undefined) return []
  if (await isFolder(within, posix.join(project, stage, service))) return []
  const aliases = Object.values(settings.stages).flatMap((one) => Object.keys(one.providers))
  const providers = [computedProvider, ...instances, ...aliases]
  const stages = await foldersIn(within, project, providers)
  const unlisted: UnlistedName[] = []
  if (stageNames === undefined && !stages.includes(stage)) unlisted.push({ kind: 'stage', folders: stages })
  if (services === undefined) {
    const folders = (
      await Promise.all(stages.map((name) => foldersIn(within, posix.join(project, name), providers)))
    ).flat()
    if (!folders.includes(service)) unlisted.push({ kind: 'service', folders: [...new Set(folders)] })
  }
  return unlisted
}

/** The same as the files are now; throws as `refuseUnlisted` does. A `project.yaml` with mistakes lists nothing. */
export async function namesWithoutFiles(
  root: Root,
  service: ServiceKey,
  instances: readonly string[],
): Promise<readonly UnlistedName[]> {
  const folders = createFolders(root)
  const { project } = await readProject(filesIn(folders), service.project, instances)
  refuseUnlisted(service, project)
  return unlistedNames(folders, service, project, instances)
}

async function isFolder(within: Folders, path: string): Promise<boolean> {
  const place = await within.placeOf(path)
  const found = place === undefined ? undefined : await stat(place).catch(() => undefined)
  return found?.isDirectory() ?? false
}

/** None if the folder cannot be read. */
async function foldersIn(within: Folders, path: string, except: readonly string[]): Promise<readonly string[]> {
  const place = await within.placeOf(path)
  if (place === undefined) return []
  const entries = await readdir(place, { withFileTypes: true }).catch(() => [])
  const known = entries.filter(({ name }) => Name.safeParse(name).success && !except.includes(name))
  const folders = await Promise.all(
    known.map(async (entry) => {
      return entry.isDirectory() || (entry.isSymbolicLink() && (await isFolder(within, posix.join(path, entry.name))))
    }),
  )
  return known.filter((_, at) => folders[at] === true).map(({ name }) => name)
}
