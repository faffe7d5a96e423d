import { resolve } from 'node:path'
import { loadDefinition, mistakesOfProviders, type DefinitionDeps } from '../definitions/load.ts'
import { computedProvider } from '../compute.ts'
import { PharosError, type Mistake } from '../errors.ts'
import type { ServiceKey } from '../service.ts'
import { answeringOf } from './answering.ts'
import type { Command } from './command.ts'
import { anyName, treeOf } from './tree.ts'
import { exitCodes, usageError } from './terminal.ts'

export const validateCommand: Command = {
  name: 'validate',
  operands: 'DIR',
  summary: 'Reads a whole definitions root as the server would: every file, and who answers each indicator.',
  details: 'For every service that the tree names. Ends with 2 when something is wrong.',
  options: {
    config: {
      value: 'FILE',
      text: 'the pharos.yaml whose providers answer; PHAROS_CONFIG or pharos.yaml without it, if it is there',
    },
    provider: {
      value: 'NAME',
      isMany: true,
      text: 'a provider, of whatever kind, instead of those of pharos.yaml; without any, the folders with an sli.yaml',
    },
    pushed: { value: 'NAME', isMany: true, text: 'an indicator whose values come with the requests' },
    'default-provider': {
      value: 'NAME',
      text: 'who answers where nothing is said; as pharos.yaml says, or prometheus, without it',
    },
  },
  examples: [
    'pharos validate slo/examples --pushed loadtest.assertions_failed',
    'pharos validate definitions --config pharos.yaml --pushed loadtest.assertions_failed',
    'pharos validate definitions --provider prometheus --provider dynatrace --pushed loadtest.assertions_failed',
  ],
  run: async (parsed, terminal) => {
    const [folder, ...more] = parsed.operands
    if (folder === undefined || more.length > 0) throw usageError('validate needs one folder, the definitions root')
    const root = resolve(terminal.cwd, folder)
    const tree = await treeOf(root, folder)
    const { close, ...known } = await answeringOf(parsed, tree.providers, terminal)
    const deps = { root, ...known }
    const pushed = parsed.many('pushed')
    const lines = new Set<string>()
    const notes = new Set<string>()
    for (const service of tree.services) {
      for (const line of await wrongIn(service, pushed, deps)) lines.add(line)
      for (const note of await notesOn(service, pushed, deps)) notes.add(note)
      for (const mistake of await mistakesOfProviders(service, tree.providers, deps)) lines.add(shownMistake(mistake))
    }
    await close()
    for (const line of lines) terminal.out(`${line}\n`)
    for (const note of notes) terminal.say(note)
    const services = `${tree.services.length} ${tree.services.length === 1 ? 'service' : 'services'}`
    terminal.say(
      lines.size === 0
        ? `${services}: every file is valid, every indicator is answered`
        : `${services}, ${lines.size} wrong`,
    )
    return lines.size === 0 ? exitCodes.ok : exitCodes.usage
  },
}

/** What would keep the server from evaluating a service; nothing where the tree says nothing of it. */
async function wrongIn(
  service: ServiceKey,
  pushedMetrics: readonly string[],
  deps: DefinitionDeps,
): Promise<readonly string[]> {
  try {
    const request = { service, sloText: undefined, pushedMetrics, gitCommitId: undefined }
    const { answers, sloSource } = await loadDefinition(request, deps)
    return answers.flatMap((answer) => {
      // Empty queries are told of their own files.
      const isTold =
        answer.kind === 'unanswered' && (answer.definition === null || answer.provider === computedProvider)
      return isTold ? [`${sloSource}: ${answer.message}`] : []
    })
  } catch (error) {
    if (!(error instanceof PharosError)) throw error
    // A service that only stands for others has no SLO of its own, and may not be on a closed list.
    if (error.code === 'slo_not_found' || (error.code === 'service_not_found' && service.service === anyName)) return []
    return error.mistakes.length === 0 ? [error.message] : error.mistakes.map(shownMistake)
  }
}

/** Findings about what a provider's numbers mean, which the server takes without a word until something is judged. */
const notedRules = ['microseconds', 'unit_without_effect']

async function notesOn(
  service: ServiceKey,
  pushedMetrics: readonly string[],
  deps: DefinitionDeps,
): Promise<readonly string[]> {
  try {
    const { findings } = await loadDefinition(
      { service, sloText: undefined, pushedMetrics, gitCommitId: undefined },
      deps,
    )
    return findings
      .filter(({ code }) => notedRules.includes(code))
      .map((finding) => `warning: ${shownMistake(finding)}`)
  } catch (error) {
    // What is wrong is told by itself.
    if (error instanceof PharosError) return []
    throw error
  }
}

function shownMistake({ file, line, column, message, fix }: Mistake): string {
  const told = `${[file, line, column].filter((part) => part !== undefined).join(':')}: ${message}`
  return fix === undefined ? told : `${told}; fix: ${fix}`
}
