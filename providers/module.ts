import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { shortened } from './answer.ts'
import { guarded } from './guard.ts'
import type { ProviderKind } from './provider.ts'
import { providerTools } from './tools.ts'

/** Of the contract in provider.ts. A change that breaks a module written for it is another version. */
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
 * The kind of provider that a module brings: an installed package by its name, or a file by its absolute path. Its code runs in
 * this process, with all that the process may do. What is wrong with it is a sentence.
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
    return refused(`${module} is no provider: it must export contractVersion and providerKind, see docs/providers.md`)
  }
  const { contractVersion: version, providerKind } = found.data
  if (version !== contractVersion) {
    const both = `is written for version ${version} of the contract for providers, this Pharos knows version ${contractVersion}`
    return refused(`${module} ${both}: take another release of either`)
  }
  const kind = Kind.safeParse(providerKind(providerTools))
  if (!kind.success) {
    const places = kind.error.issues.map(({ path, message }) => `${path.join('.') || 'providerKind'} ${message}`)
    return refused(`${module} does not keep the contract for providers: ${places.join('; ')}`)
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

/** Of zod, ours or the module's own. */
function schema() {
  const hasParse = (value: unknown) => z.object({ safeParse: callable() }).safeParse(value).success
  return z.custom<z.ZodType>(hasParse, 'must be a schema of zod')
}
