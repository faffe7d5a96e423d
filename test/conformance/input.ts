import type { Candidate, Measurement, Slo } from '../../slo/index.ts'
import type { Delivered } from './case.ts'

/** Which measurement each objective gets: as Keptn paired them, and as Pharos does (Q1). */
export function pair(
  delivered: readonly (Delivered | null)[],
  indicators: readonly string[],
): readonly { readonly keptn: Delivered | undefined; readonly pharos: Delivered | undefined }[] {
  const left = delivered.filter((measurement) => measurement !== null)
  const own = Map.groupBy(left.slice(), ({ metric = '' }) => metric)
  const taken = new Map<string, number>()
  return indicators.map((indicator) => {
    const values = own.get(indicator) ?? []
    const place = taken.get(indicator) ?? 0
    taken.set(indicator, place + 1)
    return { keptn: takeOut(left, indicator), pharos: values[place] ?? values.at(-1) }
  })
}

/** Keptn fills the place of what it takes with the last one. */
function takeOut(left: Delivered[], indicator: string): Delivered | undefined {
  const place = left.findIndex(({ metric = '' }) => metric === indicator)
  if (place === -1) return undefined
  const found = left[place]
  const last = left.pop()
  if (last && place < left.length) left[place] = last
  return found
}

/** Who answered does not matter in a recorded case. */
export function asked(indicator: string) {
  return { indicator, provider: 'recorded', name: indicator, definition: null, query: null, warnings: [] }
}

/** One per delivered value, and a missing one for every indicator without. */
export function measurementsOf(delivered: readonly Delivered[], slo: Slo): readonly Measurement[] {
  const known = new Set(delivered.map(({ metric = '' }) => metric))
  const absent = slo.objectives.filter(({ indicator }) => !known.has(indicator))
  return [...delivered, ...absent.map(({ indicator }) => ({ metric: indicator }))].map(measurementOf)
}

function measurementOf({ metric = '', value, success, message = '' }: Delivered): Measurement {
  if (success === true && typeof value === 'number') return { ...asked(metric), kind: 'measured', value }
  return { ...asked(metric), kind: 'missing', outcome: 'no_data', message }
}

/** Earlier evaluations, already selected, newest first; named by their place. */
export function candidatesOf(previous: readonly (readonly (Delivered | null)[] | null)[]): readonly Candidate[] {
  return previous.map((indicators, place) => ({
    id: String(place),
    result: 'pass',
    values: (indicators ?? []).flatMap((indicator) =>
      indicator?.success === true
        ? [{ provider: 'recorded', name: indicator.metric ?? '', definition: null, value: indicator.value ?? 0 }]
        : [],
    ),
  }))
}
