import { isDeepStrictEqual } from 'node:util'
import type { ClientBase, Pool } from 'pg'
import { z } from 'zod'
import { finishedType, startedType } from '../../src/announcing/keptn-events.ts'
import { judgedAgain } from '../support/judged-again.ts'
import type { Fault } from './faults.ts'
import { isEvent, type Told } from './triggers.ts'
import type { Arrival, Witness } from './witness.ts'

/** What must be so in the end; each is 0 unless something was lost, doubled or bent. */
export interface Verdict {
  /** What somebody wanted judged. */
  readonly wishes: number
  /** Wishes whose second event joined the evaluation of the first. */
  readonly joined: number
  /** Wishes whose second event came after the evaluation of the first had ended, and is an evaluation of its own. */
  readonly apart: number
  /** Evaluations: one for each wish, and one more for each that is apart. */
  readonly accepted: number
  readonly outcomes: number
  readonly finishedEvents: number
  /** Accepted triggers without an outcome, outcomes that nobody was told of. */
  readonly lost: number
  /** Keys with two evaluations, evaluations that nobody asked for, two of one wish at a time, two finished events of one. */
  readonly doubled: number
  /** Requests that were answered with a refusal, or never. */
  readonly refused: number
  /** Events that set off or joined an evaluation and have not one started event that answers them; finished ones that answer none. */
  readonly unanswered: number
  /** Events that came with two different bodies. */
  readonly bodiesChanged: number
  readonly orderInversions: number
  readonly judgedDifferently: number
  readonly late: number
}

const Row = z.looseObject({
  id: z.string(),
  trigger: z.looseObject({
    kind: z.string(),
    id: z.string().optional(),
    joined: z.looseObject({ id: z.string() }).optional(),
  }),
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
  readonly queueTimeoutMs: number
  readonly leaseMs: number
}

/** What the database knows in the end. */
export interface Records {
  readonly rows: readonly z.infer<typeof Row>[]
  readonly events: readonly z.infer<typeof EventRow>[]
}

/** Compares what senders, the database and each witness know of each other. */
export function judgeRun(
  { rows, events }: Records,
  {
    told,
    witnesses,
    faults,
  }: { readonly told: Told; readonly witnesses: readonly Witness[]; readonly faults: readonly Fault[] },
  limits: Limits,
): Verdict {
  const idsOf = idsByKey(told, rows)
  const accepted = new Set([...idsOf.values()].flatMap((ids) => [...ids]))
  const ended = new Set(rows.filter((row) => row.finished_at !== null).map(({ id }) => id))
  const finished = witnesses.map(({ arrivals }) => arrivals.filter(({ type }) => type === finishedType))
  const toldOf = finished.map((ends) => new Set(ends.map(({ evaluation }) => evaluation)))
  const pairs = pairsOf(told.wishes, idsOf, rows)
  return {
    wishes: told.wishes.length,
    joined: pairs.filter(({ first, second }) => first === second).length,
    apart: pairs.filter(isApart).length,
    accepted: accepted.size,
    outcomes: ended.size,
    finishedEvents: new Set(finished.flat().map(({ id }) => id)).size,
    lost:
      takenByNobody(told, idsOf) +
      without(accepted, ended) +
      sum(toldOf.map((evaluations) => without(accepted, evaluations))),
    doubled:
      [...idsOf.values()].filter((ids) => ids.size > 1).length +
      without(new Set(rows.map(({ id }) => id)), accepted) +
      pairs.filter((pair) => pair.first !== pair.second && !isApart(pair)).length +
      sum(finished.map((ends, index) => ends.length - (toldOf[index]?.size ?? 0))),
    refused: told.refused.length,
    unanswered: sum(witnesses.map(({ arrivals }) => unanswered(told, rows, arrivals))),
    bodiesChanged: bodiesChanged(witnesses),
    orderInversions: sum(witnesses.map(({ arrivals }) => inversions(arrivals, events))),
    judgedDifferently: rows.filter((row) => row.state === 'succeeded' && isJudgedDifferently(row)).length,
    late: rows.filter((row) => isLate(row, faults, limits)).length,
  }
}

/** What is not as it must be, in words; empty when nothing was lost, doubled or bent. */
export function complaints(verdict: Verdict): readonly string[] {
  const { wishes, joined: _, apart, accepted, outcomes, finishedEvents, ...zeros } = verdict
  const isEqual = accepted === wishes + apart && outcomes === accepted && finishedEvents === accepted
  const unequal = isEqual ? [] : ['wishes, accepted, outcomes and events differ']
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

function sum(counts: readonly number[]): number {
  return counts.reduce((all, count) => all + count, 0)
}

/** Events whose bodies differ, from one witness or between two. */
function bodiesChanged(witnesses: readonly Witness[]): number {
  const bodies = Map.groupBy(
    witnesses.flatMap(({ hashesOf }) => [...hashesOf]),
    ([id]) => id,
  )
  return [...bodies.values()].filter((told) => new Set(told.flatMap(([, hashes]) => [...hashes])).size > 1).length
}

type EvaluationRow = z.infer<typeof Row>

/** Nobody answers what is taken from NATS: there the rows say which evaluations a trigger set off or joined. */
function idsByKey({ wishes, idsOf }: Told, rows: readonly EvaluationRow[]): Told['idsOf'] {
  const idsOfEvent = new Map<string, Set<string>>()
  for (const { id, trigger } of rows) {
    for (const key of [trigger.id, trigger.joined?.id]) {
      if (key !== undefined) idsOfEvent.set(key, (idsOfEvent.get(key) ?? new Set()).add(id))
    }
  }
  const taken = wishes.flat().filter(({ by, key }) => by === 'nats' && idsOfEvent.has(key))
  return new Map([...idsOf, ...taken.map(({ key }) => [key, idsOfEvent.get(key) ?? new Set<string>()] as const)])
}

/** Triggers that NATS has, and that set off and joined nothing. */
function takenByNobody({ wishes }: Told, idsOf: Told['idsOf']): number {
  return wishes.flat().filter(({ by, key }) => by === 'nats' && !idsOf.has(key)).length
}

interface Pair {
  readonly first: EvaluationRow
  readonly second: EvaluationRow
}

/** The evaluations of both triggers of a wish, the one accepted earlier first; twice the same when one trigger joined. */
function pairsOf(wishes: Told['wishes'], idsOf: Told['idsOf'], rows: readonly EvaluationRow[]): readonly Pair[] {
  const rowOf = new Map(rows.map((row) => [row.id, row]))
  return wishes.flatMap((wish) => {
    if (wish.length === 1) return []
    const both = wish.flatMap(({ key }) => [...(idsOf.get(key) ?? [])].slice(0, 1))
    const [first, second] = both
      .flatMap((id) => rowOf.get(id) ?? [])
      .toSorted((one, other) => one.accepted_at.getTime() - other.accepted_at.getTime())
    return first === undefined || second === undefined ? [] : [{ first, second }]
  })
}

/** The second was accepted when the first had ended, so that there was nothing to join any more. */
function isApart({ first, second }: Pair): boolean {
  return first !== second && first.finished_at !== null && second.accepted_at >= first.finished_at
}

function unanswered({ wishes }: Told, rows: readonly EvaluationRow[], arrivals: readonly Arrival[]): number {
  const started = Map.groupBy(
    arrivals.filter(({ type }) => type === startedType),
    ({ triggeredId }) => triggeredId,
  )
  const events = wishes.flat().filter(isEvent)
  const answeredBy = new Map(arrivals.filter(({ type }) => type === finishedType).map((one) => [one.evaluation, one]))
  const astray = rows.filter(
    ({ id, trigger }) => trigger.kind === 'event' && answeredBy.get(id)?.triggeredId !== trigger.id,
  )
  return events.filter(({ key }) => started.get(key)?.length !== 1).length + astray.length
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

/** Each run has the whole time for waiting and measuring; a fault costs its own time and, until somebody takes over, a lease. */
function isLate(row: z.infer<typeof Row>, faults: readonly Fault[], limits: Limits): boolean {
  const { measureTimeoutMs, queueTimeoutMs, leaseMs } = limits
  if (row.finished_at === null) return false
  const [due, end] = [row.due_at.getTime(), row.finished_at.getTime()]
  const troubled = faults
    .map(({ from, until }) => ({ from: Math.max(from, due), until: Math.min(until + leaseMs + 1_000, end) }))
    .filter(({ from, until }) => from < until)
  return end > due + Math.max(1, row.runs) * (queueTimeoutMs + measureTimeoutMs) + 1_000 + lengthOf(troubled)
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
