import {
  openModuleProvider,
  openProvider,
  settingMistakes,
  type OpenedProvider,
  type ProviderInstance,
} from '../../providers/index.ts'
import type { BasisPartsFor } from './basis.ts'
import type { CheckDeps } from '../definitions/check.ts'
import { StartError } from '../base/errors.ts'
import type { EscapeFor } from './plan.ts'
import type { QueryProblemsFor } from '../definitions/query-problems.ts'

/** Of one instance, as `pharos.yaml` has them; `module` is a package or an absolute path, undefined for a kind of ours. */
interface ProviderSettings {
  readonly kind: string
  readonly module?: string | undefined
  readonly [setting: string]: unknown
}

/** The configured providers by name. */
export type Instances = ReadonlyMap<string, ProviderInstance>

/** What is wrong with one provider's settings, for `loadConfig`. A module's path is absolute, and its code is loaded. */
export function mistakesOfProvider(settings: ProviderSettings): ReturnType<typeof settingMistakes> {
  return settingMistakes(settings)
}

/** Opens them all; asks nothing over the network. Throws StartError with every mistake in every provider's settings. */
export async function openProviders(
  providers: Readonly<Record<string, ProviderSettings>>,
  secret: (reference: string) => Promise<string>,
): Promise<Instances> {
  const opened = await Promise.all(
    Object.entries(providers).map(async ([name, settings]) => ({ name, ...(await open(name, settings, secret)) })),
  )
  const mistakes = opened.flatMap((one) =>
    one.kind === 'invalid' ? one.mistakes.map(({ path, message }) => `providers.${one.name}.${path}: ${message}`) : [],
  )
  if (mistakes.length > 0) throw new StartError(`Pharos cannot start: ${mistakes.join('; ')}.`)
  return new Map(opened.flatMap((one) => (one.kind === 'opened' ? [[one.name, one.instance]] : [])))
}

/** What reading definitions must know of them. */
export function definitionsFor(
  instances: Instances,
): Required<Pick<CheckDeps, 'providers' | 'optionMistakes' | 'packOf' | 'unaskable'>> {
  const packOf: CheckDeps['packOf'] = (name, filter) => instanceNamed(instances, name).pack(filter)
  const optionMistakes: CheckDeps['optionMistakes'] = (name) => {
    const instance = instanceNamed(instances, name)
    return (options) => instance.optionMistakes(options)
  }
  const unaskable: CheckDeps['unaskable'] = (name, asked) => instanceNamed(instances, name).provider.unaskable?.(asked)
  return { providers: [...instances.keys()], optionMistakes, packOf, unaskable }
}

/** What planning needs from them. */
export function planningWith(instances: Instances): {
  readonly escapeFor: EscapeFor
  readonly basisPartsFor: BasisPartsFor
  readonly queryProblemsFor: QueryProblemsFor
} {
  return {
    escapeFor: (name) => {
      const instance = instanceNamed(instances, name)
      return (value, context) => instance.escape(value, context)
    },
    basisPartsFor: (name, options) => instanceNamed(instances, name).basisParts(options),
    queryProblemsFor: (name) => instanceNamed(instances, name).queryProblems,
  }
}

/** Throws where there is none: names are checked when they are read. */
export function instanceNamed(instances: Instances, name: string): ProviderInstance {
  const instance = instances.get(name)
  if (instance === undefined) throw new Error(`there is no provider ${name}`)
  return instance
}

async function open(
  name: string,
  { module, ...settings }: ProviderSettings,
  secret: (reference: string) => Promise<string>,
): Promise<OpenedProvider> {
  if (module === undefined) return openProvider(name, settings, secret)
  return openModuleProvider(name, { ...settings, module }, secret)
}
