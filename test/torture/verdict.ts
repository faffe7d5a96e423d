import { isDeepStrictEqual } from 'node:util'
import type { ClientBase, Pool } from 'pg'
import { z } from 'zod'
import { finishedType } from '../../src/events/keptn.ts'
import { judgedAgain } from '../support/judged-again.ts'
import type { Fault } from './faults.ts'
import type { Arrival, Subscriber } from './subscriber.ts'
import type { Told } from './triggers.ts'

/** What must be so in the end; each is 0 unless something was lost, doubled or bent. */
export interface Verdict {
  readonly accepted: number
  readonly outcomes: number
  readonly finishedEvents: number
  /** Accepted triggers without an outcome, outcomes that nobody was told of. */
  readonly lost: number
  /** Keys with two evaluations, evaluations that nobody asked for, evaluations with two finished events. */
  readonly doubled: number
  /** Requests that were answered with a refusal. */
  readonly refused: number
  /** Events that came with two different bodies. */
  readonly bodiesChanged: number
  readonly orderInversions: number
  readonly judgedDifferently: number
  readonly late: number
}

const Row = z.looseObject({
  id: z.string(),
  state: z.string(),
  accepted_at: z.date(),
  due_at: z.date(),
  finished_at: z.date().nullable(),
  runs: z.number(),
})
const EventRow = z.object({
  event_id: z.string(),
  event_type: z.string(),
  evaluation_id: z.string(),
  /** The number of the transaction that wrote it. */
  transaction: z.string().transform(BigInt),
  /** Which transactions that one saw as committed, as PostgreSQL writes it: `10:20:10,14,15`. */
  saw: z.string().transform(snapshotOf),
})

export interface Limits {
  readonly measureTimeoutMs: number
  readonly leaseMs: number
}

/** What the database knows in the end. */
export interface Records {
  readonly rows: readonly z.infer<typeof Row>[]
  readonly events: readonly z.infer<typeof EventRow>[]
}

/** Compares what senders, database and subscriber know of each other. */
export function judgeRun(
  { rows, events }: Records,
  {
    told,
    subscriber,
    faults,
  }: { readonly told: Told; readonly subscriber: Subscriber; readonly faults: readonly Fault[] },
  limits: Limits,
): Verdict {
  const accepted = new Set([...told.idsOf.values()].flatMap((ids) => [...ids]))
  const ended = new Set(rows.filter((row) => row.finished_at !== null).map(({ id }) => id))
  const finished = subscriber.arrivals.filter(({ type }) => type === finishedType)
  const toldOf = new Set(finished.map(({ evaluation }) => evaluation))
  return {
    accepted: accepted.size,
    outcomes: ended.size,
    finishedEvents: new Set(finished.map(({ id }) => id)).size,
    lost: without(accepted, ended) + without(accepted, toldOf),
    doubled:
      [...told.idsOf.values()].filter((ids) => ids.size > 1).length +
      without(new Set(rows.map(({ id }) => id)), accepted) +
      (finished.length - toldOf.size),
    refused: told.refused.length,
    bodiesChanged: [...subscriber.hashesOf.values()].filter((hashes) => hashes.size > 1).length,
    orderInversions: inversions(subscriber.arrivals, events),
    judgedDifferently: rows.filter((row) => row.state === 'succeeded' && isJudgedDifferently(row)).length,
    late: rows.filter((row) => isLate(row, faults, limits)).length,
  }
}

/** What is not as it must be, in words; empty when nothing was lost, doubled or bent. */
export function complaints(verdict: Verdict): readonly string[] {
  const { accepted, outcomes, finishedEvents, ...zeros } = verdict
  const unequal = outcomes === accepted && finishedEvents === accepted ? [] : ['accepted, outcomes and events differ']
  const wrong = Object.entries(zeros).filter(([, count]) => count > 0)
  return [...unequal, ...wrong.map(([name, count]) => `${name}: ${count}`)]
}

/** `order`: SQL for the `transaction` and the snapshot `saw` of a row `o` of the outbox. */
export async function readRecords(database: ClientBase | Pool, order: string): Promise<Records> {
  const evaluations = await database.query('select e.* from evaluations as e')
  const outbox = await database.query(
    `select o.event_id, o.event_type, o.evaluation_id, ${order}
       from outbox as o`,
  )
  return { rows: z.array(Row).parse(evaluations.rows), events: z.array(EventRow).parse(outbox.rows) }
}

function without(wanted: ReadonlySet<string>, there: ReadonlySet<string>): number {
  return [...wanted].filter((id) => !there.has(id)).length
}

/**
 * Arrivals that came before one of the same service which their own transaction already saw.
 * Two transactions that did not see each other have no order between them. Times would not tell: a transaction stamps
 * its commit before others can see it, by as long as a busy machine lets it wait.
 */
export function inversions(arrivals: readonly Arrival[], events: readonly z.infer<typeof EventRow>[]): number {
  const eventOf = new Map(events.map((event) => [event.event_id, event]))
  const laterOf = new Map<string, bigint[]>()
  let count = 0
  for (const { id, service } of arrivals.toReversed()) {
    const event = eventOf.get(id)
    if (event === undefined) continue
    const later = laterOf.get(service) ?? []
    if (later.some((transaction) => isSeen(transaction, event.saw))) count += 1
    later.push(event.transaction)
    laterOf.set(service, later)
  }
  return count
}

interface Snapshot {
  /** Transactions below were over. */
  readonly min: bigint
  /** Transactions from here on had not begun. */
  readonly max: bigint
  readonly underWay: ReadonlySet<bigint>
}

/** A snapshot as PostgreSQL writes it. */
export function snapshotOf(text: string): Snapshot {
  const [min = '', max = '', underWay = ''] = text.split(':')
  const numbers = underWay.split(',').filter((number) => number !== '')
  return { min: BigInt(min), max: BigInt(max), underWay: new Set(numbers.map(BigInt)) }
}

function isSeen(transaction: bigint, { min, max, underWay }: Snapshot): boolean {
  return transaction < min || (transaction < max && !underWay.has(transaction))
}

function isJudgedDifferently(row: unknown): boolean {
  const { recorded, again } = judgedAgain(row)
  return !isDeepStrictEqual(recorded, again)
}

/** Each run has the whole measuring time; a fault costs its own time and, until somebody takes over, a lease. */
function isLate(row: z.infer<typeof Row>, faults: readonly Fault[], { measureTimeoutMs, leaseMs }: Limits): boolean {
  if (row.finished_at === null) return false
  const [due, end] = [row.due_at.getTime(), row.finished_at.getTime()]
  const troubled = faults
    .map(({ from, until }) => ({ from: Math.max(from, due), until: Math.min(until + leaseMs + 1_000, end) }))
    .filter(({ from, until }) => from < until)
  return end > due + Math.max(1, row.runs) * measureTimeoutMs + 1_000 + lengthOf(troubled)
}

/** How much time some spans cover together; none of it is counted twice. */
function lengthOf(spans: readonly { readonly from: number; readonly until: number }[]): number {
  let covered = 0
  let reached = -Infinity
  for (const { from, until } of spans.toSorted((one, other) => one.from - other.from)) {
    covered += Math.max(0, until - Math.max(from, reached))
    reached = Math.max(reached, until)
  }
  return covered
}
