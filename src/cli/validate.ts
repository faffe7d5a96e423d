import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { computedProvider } from '../compute.ts'
import { loadDefinition } from '../definitions/load.ts'
import { PharosError, type Mistake } from '../errors.ts'
import { Name, type ServiceKey } from '../service.ts'
import type { Command } from './command.ts'
import { whyNot } from './files.ts'
import { exitCodes, usageError } from './terminal.ts'

/** Stands for a stage or a service that the tree does not name, where a wider level's files count. */
const anyName = 'any'

export const validateCommand: Command = {
  name: 'validate',
  operands: 'DIR',
  summary: 'Reads a whole definitions root as the server would: every file, and who answers each indicator.',
  details: 'For every service that the tree names. Ends with 2 when something is wrong.',
  options: {
    provider: {
      value: 'NAME',
      isMany: true,
      text: 'a configured provider; without one, the names of the folders with an sli.yaml',
    },
    pushed: { value: 'NAME', isMany: true, text: 'an indicator whose values come with the requests' },
    'default-provider': { value: 'NAME', text: 'who answers where nothing is said (prometheus)' },
  },
  examples: [
    'pharos validate slo/examples --pushed loadtest.assertions_failed',
    'pharos validate definitions --provider prometheus --provider dynatrace',
  ],
  run: async (parsed, terminal) => {
    const [folder, ...more] = parsed.operands
    if (folder === undefined || more.length > 0) throw usageError('validate needs one folder, the definitions root')
    const root = resolve(terminal.cwd, folder)
    const tree = await treeOf(root, folder)
    const providers = parsed.many('provider').length > 0 ? parsed.many('provider') : tree.providers
    const deps = {
      root,
      providers,
      defaultProvider: parsed.one('default-provider') ?? 'prometheus',
      // Which options there are is for the kind of a configured instance to say, and none is configured here.
      optionMistakes: () => () => [],
    }
    const pushed = parsed.many('pushed')
    const lines = new Set<string>()
    for (const service of tree.services) for (const line of await wrongIn(service, pushed, deps)) lines.add(line)
    for (const line of lines) terminal.out(`${line}\n`)
    const services = `${tree.services.length} ${tree.services.length === 1 ? 'service' : 'services'}`
    terminal.say(
      lines.size === 0
        ? `${services}: every file is valid, every indicator is answered`
        : `${services}, ${lines.size} wrong`,
    )
    return lines.size === 0 ? exitCodes.ok : exitCodes.usage
  },
}

interface Tree {
  readonly services: readonly ServiceKey[]
  /** Names of the folders that hold an sli.yaml. */
  readonly providers: readonly string[]
}

/** A folder with its own folders; a provider's is one that holds an sli.yaml. */
async function foldersIn(
  path: string,
): Promise<{ readonly places: readonly string[]; readonly providers: readonly string[] }> {
  const entries = await readdir(path, { withFileTypes: true })
  const folders = entries
    .filter((entry) => entry.isDirectory() && Name.safeParse(entry.name).success)
    .map(({ name }) => name)
  const isProvider = await Promise.all(
    folders.map(async (name) => (await readdir(join(path, name))).includes('sli.yaml')),
  )
  return {
    places: folders.filter((_, place) => isProvider[place] !== true).toSorted(),
    providers: folders.filter((_, place) => isProvider[place] === true),
  }
}

async function treeOf(root: string, shown: string): Promise<Tree> {
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

/** What would keep the server from evaluating a service; nothing where the tree says nothing of it. */
async function wrongIn(
  service: ServiceKey,
  pushedMetrics: readonly string[],
  deps: Parameters<typeof loadDefinition>[1],
): Promise<readonly string[]> {
  try {
    const request = { service, sloText: undefined, pushedMetrics, gitCommitId: undefined }
    const { answers, sloSource } = await loadDefinition(request, deps)
    return answers.flatMap((answer) => (answer.kind === 'unanswered' ? [`${sloSource}: ${answer.message}`] : []))
  } catch (error) {
    if (!(error instanceof PharosError)) throw error
    // A service that only stands for others has no SLO of its own, and may not be on a closed list.
    if (error.code === 'slo_not_found' || (error.code === 'service_not_found' && service.service === anyName)) return []
    return error.mistakes.length === 0 ? [error.message] : error.mistakes.map(shownMistake)
  }
}

function shownMistake({ file, line, column, message }: Mistake): string {
  return `${[file, line, column].filter((part) => part !== undefined).join(':')}: ${message}`
}
