import { encoded } from '../../../providers/dynatrace/pairs.ts'
import { notTaken, type NotTaken } from './imported.ts'
import type { ManagementZone } from './tile.ts'

/** A quoted value of a metric, entity, problem or management zone selector. */
export function quoted(value: string): string {
  return `"${value.replaceAll(/[~"]/g, '~$&')}"`
}

/** What a query of the Metrics API is made of. */
export interface MetricParts {
  readonly metricSelector: string
  readonly entitySelector?: string | undefined
  readonly resolution?: string | undefined
  readonly zone: ManagementZone | undefined
}

/** As the Metrics API takes them. */
export function parametersOf({ metricSelector, entitySelector, resolution, zone }: MetricParts) {
  return {
    metricSelector,
    ...(entitySelector !== undefined && { entitySelector }),
    ...(resolution !== undefined && { resolution }),
    ...(zone !== undefined && { mzSelector: `mzName(${quoted(zone.name)})` }),
  }
}

/** `metricSelector=…&…` as sli.yaml has it. */
export function metricsQuery(metric: MetricParts): string | NotTaken {
  const pairs = Object.entries(parametersOf(metric))
  return plain(pairs.map(([key, value]) => `${key}=${encoded(value)}`).join('&'))
}

/** A query of somebody else's as it is, unless sli.yaml would read a placeholder into it. */
export function plain(query: string): string | NotTaken {
  const placeholder = /\$(?:\{[^{}]*\}|[A-Z][\w.]*)/.exec(query)
  if (placeholder === null) return query
  return notTaken(`its query holds ${placeholder[0]}, which would be a placeholder in sli.yaml`)
}
