import type { Dimensions, Environment } from './environment.ts'
import { notTaken, takenEach, type Imported } from './imported.ts'
import { metricsQuery, quoted, type MetricParts } from './selector.ts'
import { namedAfter, type Title } from './title.ts'

/** An objective for each series of a split metric, or the one that there is. `finish` is what is done to a selector at last. */
export async function importSeries(
  title: Title,
  metric: MetricParts,
  environment: Environment,
  finish: (metricSelector: string) => string = (metricSelector) => metricSelector,
): Promise<Imported> {
  const series = await environment.seriesOf(metric)
  if (typeof series === 'string') return notTaken(series)
  if (series.length === 0) return notTaken('it has no series: there was no data of the last day')
  const parts = series.map((dimensions) => {
    const metricSelector = finish(filtered(metric.metricSelector, dimensions))
    return { objective: named(title, dimensions), query: metricsQuery({ ...metric, metricSelector }) }
  })
  return takenEach(parts, [`an objective for each series that there was in the last day: ${series.length}`])
}

/** By names where there are names, in the order of their dimensions. */
function named(title: Title, dimensions: Dimensions): Title {
  const keys = Object.keys(dimensions).filter((key) => !Object.hasOwn(dimensions, `${key}.name`))
  const values = keys.toSorted().map((key) => dimensions[key] ?? '')
  const text = values.join(' ')
  return text === '' ? title : namedAfter(title, text)
}

/** By ids, which stay when a name changes. */
function filtered(metricSelector: string, dimensions: Dimensions): string {
  const keys = Object.keys(dimensions).filter((key) => !isNameOfOther(key, dimensions))
  const parts = keys.toSorted().map((key) => `eq(${quoted(key)},${quoted(dimensions[key] ?? '')})`)
  if (parts.length === 0) return metricSelector
  return `(${metricSelector}):filter(${parts.length === 1 ? parts[0] : `and(${parts.join(',')})`})`
}

function isNameOfOther(key: string, dimensions: Dimensions): boolean {
  return key.endsWith('.name') && Object.hasOwn(dimensions, key.slice(0, -'.name'.length))
}
