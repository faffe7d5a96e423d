import recorded from './recorded-range.json' with { type: 'json' }

/** What is asked over a window, and what a real Prometheus 2.42 made of it. */
export interface AskedRange {
  readonly name: string
  readonly query: string
  readonly start: string
  readonly end: string
  readonly step: string
  /** An outcome, or what each reducer makes of the values. */
  readonly expected: string | Readonly<Record<string, number>>
}

const start = '2024-05-01T00:30:00Z'
const end = '2024-05-01T00:35:00Z'
const step = '1m'

/** Without those that Pharos never sends: an end before the start, a step that is nothing. */
export const ranges: readonly AskedRange[] = [
  { name: 'range_one_series', query: 'g_one', start, end, step },
  { name: 'range_step_duration', query: 'g_one', start, end, step: '60s' },
  { name: 'range_two_series', query: 'g_two', start, end, step },
  { name: 'range_empty', query: 'no_such_metric', start, end, step },
  { name: 'range_scalar_becomes_matrix', query: '42', start, end, step },
  { name: 'range_nan', query: 'g_nan', start, end, step },
  { name: 'range_gap', query: 'g_gap', start: '2024-05-01T00:08:00Z', end: '2024-05-01T00:22:00Z', step },
  { name: 'range_step_larger_than_window', query: 'g_one', start, end, step: '1h' },
  { name: 'range_start_equals_end', query: 'g_one', start: end, end, step },
  { name: 'range_too_many_points', query: 'g_one', start: '2024-04-01T00:00:00Z', end, step: '1s' },
  { name: 'range_matrix_expr', query: 'g_one[1m]', start, end, step },
  { name: 'range_string_expr', query: '"a"', start, end, step },
].map((asked) => ({ ...asked, expected: expectedOf(asked.name) }))

function expectedOf(name: string): AskedRange['expected'] {
  const range = recorded.find((reply) => reply.name === name)?.range
  if (range === undefined) throw new Error(`nothing is recorded of ${name}`)
  if (range.cls !== undefined) return range.cls.replace('-', '_')
  const { n: count, cls: _, ...figures } = range
  return { count, ...figures }
}
