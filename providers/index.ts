import { z } from 'zod'
import type {
  IndicatorOptions,
  IndicatorQuery,
  PlaceholderContext,
  Provider,
  ProviderContext,
  ProviderKind,
  QueriedWindow,
  QueryProblem,
  SloFilter,
} from './provider.ts'
import { partsOf } from './basis.ts'
import { dynatrace } from './dynatrace/kind.ts'
import { packNames as dynatracePacks, packOf as dynatracePack } from './dynatrace/pack.ts'
import { loadKind } from './module.ts'
import { unbalanced } from './prometheus/brackets.ts'
import { prometheus } from './prometheus/kind.ts'
import { packNames as prometheusPacks, packOf as prometheusPack } from './prometheus/pack.ts'
import { Duration } from './settings.ts'

export { inputsOf, readFormula, valueOf, type Formula } from './computed/formula.ts'
export type * from './provider.ts'
export { createTurn, neverAsked, type Turn } from './http/turn.ts'

/** One configured provider, ready to use. */
export interface ProviderInstance {
  readonly name: string
  readonly kind: string
  /** How long data takes to arrive after a window's end, in milliseconds: the setting `settle`, or the kind's default. */
  readonly settleMs: number
  readonly provider: Provider
  /** Undefined if no escaping makes the value safe at that place in a query. */
  escape(value: string, context: PlaceholderContext): string | undefined
  /** The mistakes in an indicator's entry in `options.yaml`. */
  optionMistakes(options: IndicatorOptions): readonly SettingMistake[]
  /** Queries for indicators that are not in any `sli.yaml`, with placeholders. */
  pack(filter: SloFilter): ReadonlyMap<string, string>
  /** Possible problems of a query with resolved placeholders, even if the system may accept it. */
  readonly queryProblems: (
    asked: Pick<IndicatorQuery, 'query' | 'options'>,
    window: QueriedWindow,
  ) => readonly QueryProblem[]
  /** What an indicator's value depends on apart from its query, by name; defaults are omitted. */
  basisParts(options: IndicatorOptions): Readonly<Record<string, string>>
}

export type OpenedProvider =
  | { readonly kind: 'opened'; readonly instance: ProviderInstance }
  | { readonly kind: 'invalid'; readonly mistakes: readonly SettingMistake[] }

/** `path` is dotted and relative to the provider's settings; empty for the settings as a whole. */
export interface SettingMistake {
  readonly path: string
  readonly message: string
}

interface KnownKind {
  /** Mistakes in the settings other than `kind` and `settle`. */
  mistakes(settings: unknown): readonly SettingMistake[]
  readonly queryProblems: ProviderInstance['queryProblems']
  open(settings: unknown, context: ProviderContext, settleMs: number | undefined): OpenedProvider
}

/** All kinds of metrics systems: to add one, add a folder and a line here. */
const kinds: ReadonlyMap<string, KnownKind> = new Map([known(prometheus), known(dynatrace)])

/** An evaluation must not occupy a worker for longer just to wait. */
const settleMsMax = 600_000

/** The settings of every kind; the others are specific to each kind. */
const Settings = z.looseObject(
  {
    kind: z.string({ error: 'must be a string' }),
    settle: Duration.refine((ms) => ms <= settleMsMax, 'must be at most 10m').optional(),
  },
  { error: 'must be a mapping' },
)

/**
 * Opens a provider from one entry of `providers` in `pharos.yaml`, without using the network. `name` is the entry's key;
 * `secret` reads a reference (`env:NAME`, `file:/path`) whenever it is needed; `random` spreads the waits between attempts.
 * All mistakes are reported at once.
 */
export function openProvider(
  name: string,
  settings: unknown,
  secret: ProviderContext['secret'],
  random: ProviderContext['random'] = Math.random,
): OpenedProvider {
  return openKnown(settings, { name, secret, random }, kinds)
}

/**
 * The same for an entry with `module`, whose code is loaded and provides the kind. The path of a file must be absolute.
 */
export async function openModuleProvider(
  name: string,
  { module, ...settings }: { readonly module: string; readonly [setting: string]: unknown },
  secret: ProviderContext['secret'],
  random: ProviderContext['random'] = Math.random,
): Promise<OpenedProvider> {
  const among = await kindsOf(module, settings)
  if ('path' in among) return { kind: 'invalid', mistakes: [among] }
  try {
    return openKnown(settings, { name, secret, random }, among)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return refused('module', `${module} cannot open a provider with these settings: ${why}`)
  }
}

/** All mistakes in one entry of `providers`, without opening the provider; the code of a `module` is loaded. */
export async function settingMistakes({
  module,
  ...settings
}: {
  readonly module?: string | undefined
  readonly [setting: string]: unknown
}): Promise<readonly SettingMistake[]> {
  const among = module === undefined ? kinds : await kindsOf(module, settings)
  if ('path' in among) return [among]
  const { kind, settle, ...rest } = settings
  const found = typeof kind === 'string' ? among.get(kind) : undefined
  if (found === undefined) return [unknownKind(kind, among)]
  return [...mistakesOf(Settings.safeParse({ kind, settle }).error), ...found.mistakes(rest)]
}

/** The kind that a module provides, by name, or why it cannot be used. */
async function kindsOf(
  module: string,
  { kind }: { readonly [setting: string]: unknown },
): Promise<ReadonlyMap<string, KnownKind> | SettingMistake> {
  if (typeof kind === 'string' && kinds.has(kind))
    return { path: 'kind', message: `${kind} is built in: remove module` }
  const loaded = await loadKind(module)
  if (loaded.kind === 'refused') return { path: 'module', message: loaded.message }
  return new Map([known(loaded.providerKind)])
}

/** The result of `ProviderInstance.queryProblems` for any instance of a built-in kind; empty for other kinds. */
export function queryProblemsOfKind(kind: string, ...asked: Parameters<ProviderInstance['queryProblems']>) {
  return kinds.get(kind)?.queryProblems(...asked) ?? []
}

/** Names of indicators in any `indicatorPack`: an instance may have them without a file. */
export const packedIndicators: ReadonlySet<string> = new Set(
  [
    ...prometheusPacks.map((pack) => prometheusPack(pack, [])),
    ...dynatracePacks.map((pack) => dynatracePack(pack)),
  ].flatMap((queries) => [...queries.keys()]),
)

/** Why no system of a built-in kind can parse a query, however it is configured; undefined if one might. */
export function unreadableByKind(kind: string, query: string): string | undefined {
  return kind === prometheus.kind ? unbalanced(query) : undefined
}

function openKnown(settings: unknown, context: ProviderContext, among: ReadonlyMap<string, KnownKind>): OpenedProvider {
  const parsed = Settings.safeParse(settings)
  if (!parsed.success) return { kind: 'invalid', mistakes: mistakesOf(parsed.error) }
  const { kind, settle, ...rest } = parsed.data
  const found = among.get(kind)
  if (found !== undefined) return found.open(rest, context, settle)
  return { kind: 'invalid', mistakes: [unknownKind(kind, among)] }
}

function unknownKind(kind: unknown, among: ReadonlyMap<string, KnownKind>): SettingMistake {
  return {
    path: 'kind',
    message: `unknown kind ${JSON.stringify(kind)}: use ${[...among.keys()].join(', ')}`,
  }
}

function refused(path: string, message: string): OpenedProvider {
  return { kind: 'invalid', mistakes: [{ path, message }] }
}

/** Hides the type of the kind's own settings, so that kinds can share a map. */
function known<Config>(kind: ProviderKind<Config>): [string, KnownKind] {
  const queryProblems: KnownKind['queryProblems'] = (asked, window) => kind.queryProblems?.(asked, window) ?? []
  const open: KnownKind['open'] = (settings, context, settleMs = kind.settleMs) => {
    const config = kind.config.safeParse(settings)
    if (!config.success) return { kind: 'invalid', mistakes: mistakesOf(config.error) }
    const provider = kind.create(config.data, context)
    const escape: ProviderInstance['escape'] = (value, place) => kind.escape(value, place, config.data)
    return {
      kind: 'opened',
      instance: {
        name: context.name,
        kind: kind.kind,
        settleMs,
        provider,
        escape,
        optionMistakes: (options) => mistakesOf((kind.options ?? noOptions).safeParse(options).error),
        queryProblems,
        pack: (filter) => kind.pack?.(filter, config.data) ?? new Map(),
        basisParts: (options) => partsOf(kind, { config: config.data, settleMs, options }),
      },
    }
  }
  const mistakes: KnownKind['mistakes'] = (settings) => mistakesOf(kind.config.safeParse(settings).error)
  return [kind.kind, { open, mistakes, queryProblems }]
}

const noOptions = z.strictObject({})

function mistakesOf(error: z.ZodError | undefined): readonly SettingMistake[] {
  return (error?.issues ?? []).flatMap((issue) => {
    const path = issue.path.join('.')
    if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => ({ path, message }))
    if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }]
    return issue.keys.map((key) => ({ path: path === '' ? key : `${path}.${key}`, message: 'unknown setting' }))
  })
}
