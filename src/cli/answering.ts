import { loadProviderSettings } from '../load-config.ts'
import type { CheckDeps } from '../definitions/check.ts'
import type { PlaceholderDeps } from '../definitions/unresolvable.ts'
import { StartError } from '../errors.ts'
import { definitionsFor, instanceNamed, openProviders } from '../providers.ts'
import type { Parsed } from './command.ts'
import { usageError, type Terminal } from './terminal.ts'

export interface Answering extends Omit<CheckDeps, 'root'>, PlaceholderDeps {
  readonly close: () => Promise<void>
}

/** The providers of pharos.yaml; or names, without a kind, of whose options nothing can be said: at last those of `folders`. */
export async function answeringOf(parsed: Parsed, folders: readonly string[], terminal: Terminal): Promise<Answering> {
  const named = parsed.many('provider')
  const configured = named.length > 0 ? undefined : await configuredProviders(parsed.one('config'), terminal)
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
    escapeFor: (name) => (value, place) => instanceNamed(instances, name).escape(value, place),
    defaultProvider: wanted ?? defaultProvider,
    close: async () => {
      await Promise.all([...instances.values()].map(({ provider }) => provider.close()))
    },
  }
}

async function configuredProviders(file: string | undefined, terminal: Terminal) {
  const settings = await settingsOf(file, terminal)
  if (settings.isAbsent) return undefined
  // Nothing is asked, so no secret is needed.
  const secret = (reference: string) => Promise.reject(new Error(`${reference} is not read here`))
  return inWords(async () => ({ ...settings, instances: await openProviders(settings, secret) }))
}

/** The settings that a server would read from `file`, PHAROS_CONFIG or pharos.yaml. Throws a CommandError if it cannot. */
export function settingsOf(file: string | undefined, { env, cwd }: Terminal) {
  return inWords(() => loadProviderSettings(file === undefined ? env : { ...env, PHAROS_CONFIG: file }, { cwd }))
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
