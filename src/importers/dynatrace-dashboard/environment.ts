import type { MetricParts } from './selector.ts'

/** What a dashboard does not hold and its environment knows. A text is the reason why it cannot be told, a sentence. */
export interface Environment {
  /** The unit of a metric selector's values, such as `MicroSecond`. */
  unitOf(metricSelector: string): Promise<{ readonly unit: string } | string>
  /** Of each series of a query its dimensions by key; beside an entity's key there is one with `.name`. */
  seriesOf(metric: MetricParts): Promise<readonly Dimensions[] | string>
  sloOf(id: string): Promise<SloDefinition | string>
  /** What the first column of a query of user sessions holds. */
  rowsOf(usql: string): Promise<readonly string[] | string>
}

export type Dimensions = Readonly<Record<string, string>>

export interface SloDefinition {
  readonly name: string
  /** Per cent, as `warning` is; the green begins at `warning`. */
  readonly target: number
  readonly warning: number
}

const units: readonly (readonly [key: RegExp, unit: string])[] = [
  [/^builtin:service\.(keyRequest\.)?response\.(time|client|server)$/, 'MicroSecond'],
  [/^builtin:service\.(keyRequest\.)?cpu\.\w+$/, 'MicroSecond'],
  [/^builtin:service\.requestCount\.\w+$/, 'Count'],
  [/^builtin:service\.errors\.\w+\.count$/, 'Count'],
]

const notAsked = (what: string): string => `${what} is known to the environment only: name it with --environment`

/** Without asking anybody: what is known of Dynatrace's own metrics. */
export const noEnvironment: Environment = {
  unitOf: async (metricSelector) => {
    const [key, ...more] = metricSelector.match(/builtin:[\w.]+/g) ?? []
    const isChanged = /[*+]|\/|:(count|rate|toUnit|delta)\b/.test(metricSelector)
    const [, unit] = units.find(([pattern]) => pattern.test(key ?? '')) ?? []
    if (unit !== undefined && more.length === 0 && !isChanged) return { unit }
    return notAsked('its unit is changed, and the unit of its metric')
  },
  seriesOf: async () => notAsked('it is split by a dimension, and what there is of it'),
  sloOf: async () => notAsked('what an SLO shall reach'),
  rowsOf: async () => notAsked('what stands in its rows'),
}
