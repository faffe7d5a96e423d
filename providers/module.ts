import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { shortened } from './answer.ts'
import { guarded } from './guard.ts'
import type { ProviderKind } from './provider.ts'
import { providerTools } from './tools.ts'

/** The version of the contract in provider.ts. A change that breaks existing modules needs a new version. */
const contractVersion = 1

type LoadedKind =
  | { readonly kind: 'loaded'; readonly providerKind: ProviderKind<unknown> }
  | { readonly kind: 'refused'; readonly message: string }

const Exports = z.object({
  contractVersion: z.int(),
  providerKind: callable<(tools: typeof providerTools) => unknown>(),
})

const Kind = z.object({
  kind: z.string().min(1),
  config: schema(),
  options: schema().optional(),
  optionsOfUse: z.array(z.string()).optional(),
  settingsOfValue: callable<NonNullable<ProviderKind<unknown>['settingsOfValue']>>().optional(),
  settleMs: z.int().min(0),
  escape: callable<ProviderKind<unknown>['escape']>(),
  create: callable<(...args: Parameters<ProviderKind<unknown>['create']>) => unknown>(),
})

/**
 * Loads the provider kind of a module, which is the name of an installed package or the absolute path of a file. Its code runs
 * in this process, with the same permissions. If it is refused, `message` says why.
 */
export async function loadKind(module: string): Promise<LoadedKind> {
  try {
    return kindOf(await import(isAbsolute(module) ? pathToFileURL(module).href : module), module)
  } catch (error) {
    return refused(`${module} cannot be loaded: ${shortened(error instanceof Error ? error.message : String(error))}`)
  }
}

function kindOf(exported: unknown, module: string): LoadedKind {
  const found = Exports.safeParse(exported)
  if (!found.success) {
    return refused(
      `${module} is not a provider: it must export contractVersion and providerKind, see docs/providers.md`,
    )
  }
  const { contractVersion: version, providerKind } = found.data
  if (version !== contractVersion) {
    const both = `uses version ${version} of the provider contract, but this version of Pharos supports version ${contractVersion}`
    return refused(`${module} ${both}: use another release of one of them`)
  }
  const kind = Kind.safeParse(providerKind(providerTools))
  if (!kind.success) {
    const places = kind.error.issues.map(({ path, message }) => `${path.join('.') || 'providerKind'} ${message}`)
    return refused(`${module} violates the provider contract: ${places.join('; ')}`)
  }
  const { options, optionsOfUse, settingsOfValue, create, ...rest } = kind.data
  const created: ProviderKind<unknown>['create'] = (config, context) => guarded(create(config, context))
  return {
    kind: 'loaded',
    providerKind: {
      ...rest,
      ...(options !== undefined && { options }),
      ...(optionsOfUse !== undefined && { optionsOfUse }),
      ...(settingsOfValue !== undefined && { settingsOfValue }),
      contractVersion,
      create: created,
    },
  }
}

function refused(message: string): LoadedKind {
  return { kind: 'refused', message }
}

function callable<Function>() {
  return z.custom<Function>((value) => typeof value === 'function', 'must be a function')
}

/** A zod schema, from our zod or the module's own. */
function schema() {
  const hasParse = (value: unknown) => z.object({ safeParse: callable() }).safeParse(value).success
  return z.custom<z.ZodType>(hasParse, 'must be a zod schema')
}
