import { resolve } from 'node:path'
import { answeringOf, settingsOf } from '../answering.ts'
import type { Command, Parsed } from '../command.ts'
import { anyName, treeOf, type Tree } from '../tree.ts'
import { exitCodes, usageError, type Terminal } from '../terminal.ts'
import { validateTree } from '../validation.ts'

export const validateCommand: Command = {
  name: 'validate',
  operands: '[DIR]',
  summary:
    'Check a whole definitions root as the server would read it: every file, and the provider of every indicator.',
  details:
    'Covers every service that has a folder or is listed in project.yaml, and files that no objective uses. Without DIR, the root is the one in pharos.yaml. Exits with 2 if something is wrong.',
  options: {
    config: {
      value: 'FILE',
      text: 'the pharos.yaml with the providers; defaults to PHAROS_CONFIG, or pharos.yaml if it exists',
    },
    provider: {
      value: 'NAME',
      isMany: true,
      text: 'a provider, of any kind, instead of those of pharos.yaml; without providers, the folders with an sli.yaml',
    },
    secrets: {
      text: 'also read the secrets of providers, to ask those that need one whether they understand their queries',
    },
    pushed: { value: 'NAME', isMany: true, text: 'an indicator whose values come with the requests' },
    'default-provider': {
      value: 'NAME',
      text: 'the provider of indicators that name none; defaults to that of pharos.yaml, or prometheus',
    },
  },
  examples: [
    'pharos validate --pushed loadtest.assertions_failed',
    'pharos validate slo/examples --pushed loadtest.assertions_failed',
    'pharos validate definitions --config pharos.yaml --pushed loadtest.assertions_failed',
    'pharos validate definitions --provider prometheus --provider dynatrace --pushed loadtest.assertions_failed',
  ],
  run: async (parsed, terminal) => {
    const { root, shown } = await rootOf(parsed, terminal)
    const tree = await treeOf(root, shown)
    const { close, ...known } = await answeringOf(parsed, tree.providers, terminal)
    const deps = { root, ...known }
    const { lines, notes, unasked } = await validateTree(tree, { shown, pushed: parsed.many('pushed'), deps })
    await close()
    for (const line of lines) terminal.out(`${line}\n`)
    for (const sentence of unasked) terminal.say(sentence)
    for (const note of notes) terminal.say(`warning: ${note}`)
    const end = lines.length === 0 ? 'every file is valid, every indicator is answered' : `${lines.length} wrong`
    terminal.say(`${countsOf(tree)}: ${end}`)
    return lines.length === 0 ? exitCodes.ok : exitCodes.usage
  },
}

/** The given folder, else the root that a server would serve with the same settings, which is printed. */
async function rootOf(parsed: Parsed, terminal: Terminal): Promise<{ readonly root: string; readonly shown: string }> {
  const [folder, ...more] = parsed.operands
  if (more.length > 0) throw usageError('validate takes one folder, the definitions root')
  if (folder !== undefined) return { root: resolve(terminal.cwd, folder), shown: folder }
  const { definitions } = await settingsOf(parsed.one('config'), terminal)
  terminal.say(`definitions: ${definitions}`)
  return { root: definitions, shown: definitions }
}

/** Counts only services that have a folder, not stand-ins for open lists. */
function countsOf({ projects }: Tree): string {
  const services = projects.flatMap(({ folders }) => folders).filter(({ service }) => service !== anyName).length
  const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`
  return [counted(projects.length, 'project'), ...(services === 0 ? [] : [counted(services, 'service')])].join(', ')
}
