import type { DefinitionDeps } from '../definitions/load.ts'
import { readProject, type Project } from '../definitions/project.ts'
import type { ServiceKey } from '../service.ts'
import { anyName } from './tree.ts'

/** The services of a tree, with those on a project's closed lists in the place of any others that files may be for. */
export async function withListed(
  services: readonly ServiceKey[],
  { root, providers }: Pick<DefinitionDeps, 'root' | 'providers'>,
): Promise<readonly ServiceKey[]> {
  const names = [...new Set(services.map(({ project }) => project))]
  const projects = new Map(
    await Promise.all(names.map(async (name) => [name, (await readProject(root, name, providers)).project] as const)),
  )
  const all = services.flatMap((service) => listed(service, projects.get(service.project)))
  return [...new Map(all.map((service) => [Object.values(service).join('/'), service])).values()]
}

function listed({ project, stage, service }: ServiceKey, settings: Project | undefined): readonly ServiceKey[] {
  const stages = stage === anyName ? (settings?.stageNames ?? [stage]) : [stage]
  const services = service === anyName ? (settings?.services ?? [service]) : [service]
  return stages.flatMap((inStage) => services.map((name) => ({ project, stage: inStage, service: name })))
}
