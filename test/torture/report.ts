import type { Fault } from './faults.ts'
import type { Usage } from './fleet.ts'
import type { Story } from './run.ts'

/** The run as a table, one line each. */
export function report({ verdict, requests, deliveries, messages, faults, usage, tookMs }: Story): readonly string[] {
  const recovery = recoveryOf(faults)
  const rows: readonly (readonly [string, string])[] = [
    ['wishes, each by HTTP, events or NATS', `${verdict.wishes}`],
    ['of two events: joined / apart, the first had ended', `${verdict.joined} / ${verdict.apart}`],
    ['accepted evaluations', `${verdict.accepted}`],
    ['recorded outcomes', `${verdict.outcomes}`],
    ['finished events, each id once', `${verdict.finishedEvents}`],
    ['lost', `${verdict.lost}`],
    ['doubled', `${verdict.doubled}`],
    ['refused', `${verdict.refused}`],
    ['events that nothing answers', `${verdict.unanswered}`],
    ['events with more than one body', `${verdict.bodiesChanged}`],
    ['order inversions within a service', `${verdict.orderInversions}`],
    ['rows judged again with another outcome', `${verdict.judgedDifferently}`],
    ['ended after deadline + 1 s + outage', `${verdict.late}`],
    ['requests sent, repeated ones included', `${requests}`],
    ['deliveries taken, repeated ones included', `${deliveries}`],
    ...(messages === undefined ? [] : [['events in the stream of NATS', `${messages}`] as const]),
    ...Object.entries(countsOf(faults)).map(([kind, count]) => [kind, `${count}`] as const),
    ['kill to ready, p50 / p95 / max (s)', [recovery.p50, recovery.p95, recovery.max].map(seconds).join(' / ')],
    [
      'memory at the start and at the end (MB)',
      `${shown(usage.before, 'memoryMb')} → ${shown(usage.after, 'memoryMb')}`,
    ],
    ['handles at the start and at the end', `${shown(usage.before, 'handles')} → ${shown(usage.after, 'handles')}`],
    ['took (s)', (tookMs / 1000).toFixed(0)],
  ]
  const [left, right] = [0, 1].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  return [
    `| ${'figure'.padEnd(left ?? 0)} | ${''.padStart(right ?? 0)} |`,
    `|${'-'.repeat((left ?? 0) + 2)}|${'-'.repeat((right ?? 0) + 1)}:|`,
    ...rows.map(([name, value]) => `| ${name.padEnd(left ?? 0)} | ${value.padStart(right ?? 0)} |`),
  ]
}

/** The same for programs. */
export function figuresOf(story: Story): object {
  return { ...story, faults: countsOf(story.faults), recoveryMs: recoveryOf(story.faults) }
}

function countsOf(faults: readonly Fault[]): Readonly<Record<string, number>> {
  const kinds = Map.groupBy(faults, ({ kind }) => kind)
  return Object.fromEntries([...kinds].map(([kind, some]) => [kind, some.length]))
}

/** From each kill until everybody was ready again, or ten seconds had passed; in milliseconds. */
function recoveryOf(faults: readonly Fault[]): { readonly p50: number; readonly p95: number; readonly max: number } {
  const kills = faults.filter(({ isKill }) => isKill)
  const sorted = kills.map(({ from, until }) => until - from).toSorted((one, other) => one - other)
  const at = (part: number): number => sorted[Math.ceil(sorted.length * part) - 1] ?? 0
  return { p50: at(0.5), p95: at(0.95), max: at(1) }
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1)
}

function shown(usage: readonly Usage[], what: keyof Usage): string {
  return usage.map((one) => one[what].toFixed(0)).join(', ')
}
