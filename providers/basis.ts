import { createHash } from 'node:crypto'
import type { IndicatorOptions, ProviderKind } from './provider.ts'

/** One indicator of one instance. */
interface Asked<Config> {
  readonly config: Config
  readonly settleMs: number
  readonly options: IndicatorOptions
}

/**
 * What a value depends on apart from its query: the options as parsed by their kind, so that `0.5m` equals `30s`, and settings
 * of the instance. Defaults are omitted, so that a new option in a later release is not a change. Settings are shown as digests,
 * because they do not belong to the indicator and may contain information that its readers should not see.
 */
export function partsOf<Config>(
  kind: ProviderKind<Config>,
  { config, settleMs, options }: Asked<Config>,
): Readonly<Record<string, string>> {
  const settings = { ...kind.settingsOfValue?.(config), ...(settleMs !== kind.settleMs && { settle: settleMs }) }
  return {
    ...Object.fromEntries(optionParts(kind, options)),
    ...Object.fromEntries(Object.entries(settings).map(([name, value]) => [`provider.${name}`, digestOf(value)])),
  }
}

function optionParts<Config>({ options: schema, optionsOfUse = [] }: ProviderKind<Config>, options: IndicatorOptions) {
  const read = (given: IndicatorOptions) => {
    const parsed = schema?.safeParse(given)
    return new Map(Object.entries(parsed?.success === true ? Object(parsed.data) : given))
  }
  const byDefault = read({})
  return [...read(options)].flatMap(([name, value]): readonly [string, string][] => {
    if (optionsOfUse.includes(name) || value === undefined) return []
    const text = textOf(value)
    if (text === textOf(byDefault.get(name))) return []
    // A string that is parsed as a number is a duration.
    const unit = typeof value === 'number' && typeof options[name] === 'string' ? ' ms' : ''
    return [[`options.${name}`, `${text}${unit}`]]
  })
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}

function digestOf(value: unknown): string {
  return `sha256:${createHash('sha256').update(textOf(value)).digest('hex').slice(0, 16)}`
}
