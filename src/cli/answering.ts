import { loadProviderSettings } from '../config/load-config.ts'
import type { QueryCheckDeps } from '../definitions/check-queries.ts'
import { problemsOfFolder, unreadableByFolder } from '../definitions/query-problems.ts'
import { resolveSecret } from '../base/secrets.ts'
import { unreadSecret, type AskingDeps } from './ask-queries.ts'
import { StartError } from '../base/errors.ts'
import { definitionsFor, instanceNamed, mistakesOfProvider, openProviders } from '../measuring/instances.ts'
import type { Parsed } from './command.ts'
import { usageError, type Terminal } from './terminal.ts'

export interface Answering extends Omit<QueryCheckDeps, 'root'>, AskingDeps {
  readonly close: () => Promise<void>
}

/** The providers of pharos.yaml; or names, without a kind, of whose options nothing can be said: at last those of `folders`. */
export async function answeringOf(parsed: Parsed, folders: readonly string[], terminal: Terminal): Promise<Answering> {
  const named = parsed.many('provider')
  const configured = named.length > 0 ? undefined : await configuredProviders(parsed, terminal)
  const wanted = parsed.one('default-provider')
  if (configured === undefined) {
    if (named.length === 0)
      terminal.say(
        'there is no pharos.yaml: folders with an sli.yaml count as providers, and no options.yaml is checked',
      )
    return {
      providers: named.length > 0 ? named : folders,
      defaultProvider: wanted ?? 'prometheus',
      optionMistakes: () => () => [],
      environment: undefined,
      queryProblemsFor: problemsOfFolder,
      unaskable: (name, { query }) => unreadableByFolder(name, query),
      escapeFor: () => (value) => value,
      close: async () => {},
    }
  }
  const { instances, defaultProvider, environment, followLinks, objectivesMax } = configured
  return {
    ...definitionsFor(instances),
    followLinks,
    objectivesMax,
    environment,
    queryProblemsFor: (name) => instanceNamed(instances, name).queryProblems,
    validateQuery: (name, query, signal) => instanceNamed(instances, name).provider.validateQuery?.(query, signal),
    escapeFor: (name) => (value, place) => instanceNamed(instances, name).escape(value, place),
    defaultProvider: wanted ?? defaultProvider,
    close: async () => {
      await Promise.all([...instances.values()].map(({ provider }) => provider.close()))
    },
  }
}

async function configuredProviders(parsed: Parsed, terminal: Terminal) {
  const settings = await settingsOf(parsed.one('config'), terminal)
  const isSecretRead = parsed.has('secrets')
  if (settings.isAbsent) return undefined
  // A pharos.yaml that somebody proposes could have them sent anywhere.
  const secret = (reference: string) =>
    isSecretRead ? resolveSecret(reference, terminal.env) : Promise.reject(new Error(`${reference} ${unreadSecret}`))
  return inWords(async () => ({ ...settings, instances: await openProviders(settings.providers, secret) }))
}

/** The settings that a server would read from `file`, PHAROS_CONFIG or pharos.yaml. Throws a CommandError if it cannot. */
export function settingsOf(file: string | undefined, { env, cwd }: Terminal) {
  const variables = file === undefined ? env : { ...env, PHAROS_CONFIG: file }
  return inWords(() => loadProviderSettings(variables, { cwd, mistakesOfProvider }))
}

async function inWords<Value>(task: () => Promise<Value>): Promise<Value> {
  try {
    return await task()
  } catch (error) {
    if (error instanceof StartError)
      throw usageError(error.message.replace('Pharos cannot start', 'no server could start'))
    throw error
  }
}
