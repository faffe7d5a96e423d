/** What a dashboard does not hold and its environment knows. A text is the reason why it cannot be told, a sentence. */
export interface Environment {
  /** The unit of a metric selector's values, such as `MicroSecond`. */
  unitOf(metricSelector: string): Promise<{ readonly unit: string } | string>
}

const units: readonly (readonly [key: RegExp, unit: string])[] = [
  [/^builtin:service\.(keyRequest\.)?response\.(time|client|server)$/, 'MicroSecond'],
  [/^builtin:service\.(keyRequest\.)?cpu\.\w+$/, 'MicroSecond'],
  [/^builtin:service\.requestCount\.\w+$/, 'Count'],
  [/^builtin:service\.errors\.\w+\.count$/, 'Count'],
]

/** Without asking anybody: what is known of Dynatrace's own metrics. */
export const noEnvironment: Environment = {
  unitOf: async (metricSelector) => {
    const [key, ...more] = metricSelector.match(/builtin:[\w.]+/g) ?? []
    const isChanged = /[*+]|\/|:(count|rate|toUnit|delta)\b/.test(metricSelector)
    const [, unit] = units.find(([pattern]) => pattern.test(key ?? '')) ?? []
    if (unit !== undefined && more.length === 0 && !isChanged) return { unit }
    return 'its unit is changed, and the unit of its metric is known to the environment only'
  },
}
