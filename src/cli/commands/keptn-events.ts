import { z } from 'zod'
import type { Result } from '../../../slo/index.ts'
import { parseTimestamp } from '../../base/window.ts'
import { checked } from '../json.ts'
import { usageError } from '../terminal.ts'

/** Recorded events of Keptn v1, one or many, as its API and its data store return them. */

const text = z.string({ error: 'must be a string' })

const fields = <Shape extends z.ZodRawShape>(shape: Shape) => z.looseObject(shape, { error: 'must be an object' })
const list = <Item extends z.ZodType>(item: Item) => z.array(item, { error: 'must be a list' })

const Value = fields({
  metric: text,
  value: z.number({ error: 'must be a finite number' }).nullish(),
  success: z.boolean({ error: 'must be true or false' }).optional(),
  message: text.nullish(),
})
type Value = z.infer<typeof Value>

const Evaluation = fields({ result: text.optional(), indicatorResults: list(fields({ value: Value })).nullish() })

const Event = fields({
  type: text,
  id: text,
  time: text.refine((time) => parseTimestamp(time) !== undefined, 'must be a timestamp').optional(),
  triggeredid: text.optional(),
  data: fields({
    project: text.optional(),
    stage: text.optional(),
    service: text.optional(),
    labels: z.record(z.string(), z.unknown()).nullish().catch(null),
    result: text.optional(),
    message: text.optional(),
    evaluation: Evaluation.optional(),
    'get-sli': fields({ indicatorValues: list(Value).nullish() }).optional(),
  }),
})
type Event = z.infer<typeof Event>

/** The values of one recorded event. */
export interface RecordedEvaluation {
  /** Of the event. */
  readonly id: string
  readonly time: string | undefined
  /** Keptn selected earlier evaluations by it. */
  readonly result: Result
  readonly values: readonly Value[]
  /** They name the build. */
  readonly labels: Readonly<Record<string, unknown>>
  /** Keptn's message; may be empty. */
  readonly message: string
}

const evaluated = 'evaluation.finished'
const measured = 'get-sli.finished'
const invalidated = 'evaluation.invalidated'

/** Whether JSON is a Keptn event, a list of them, or an answer of its data store. */
export function areEvents(json: unknown): boolean {
  const listed = listedIn(json)
  if (listed === undefined) return isEvent(json)
  return listed.some(isEvent) || (!Array.isArray(json) && listed.length === 0)
}

/** Like `readEarlierEvents`, but not empty: throws a CommandError for events of which none holds values that count. */
export function readEvents(json: unknown, place: string): readonly RecordedEvaluation[] {
  const listed = listedIn(json)
  if (listed?.length === 0) throw withoutValues([], place)
  const evaluations = readEarlierEvents(json, place)
  if (evaluations.length === 0) throw usageError(`${place}: every evaluation was invalidated`)
  return evaluations
}

function withoutValues(events: readonly Event[], place: string): Error {
  const types = [...new Set(events.map(({ type }) => type))].join(', ')
  return usageError(
    `${place} has no values: they are in events ${evaluated} and ${measured}, but it contains ${types === '' ? 'none' : types}`,
  )
}

/**
 * The recorded evaluations, newest first, without invalidated ones. Throws a CommandError for events of another shape, of several
 * services, or of other types only.
 */
export function readEarlierEvents(json: unknown, place: string): readonly RecordedEvaluation[] {
  const events = checked(z.array(Event), listedIn(json) ?? [json], place)
  const revoked = new Set(events.filter(isOf(invalidated)).map(({ triggeredid }) => triggeredid))
  const holding = events.filter((event) => isOf(evaluated)(event) || isOf(measured)(event))
  if (holding.length === 0 && events.length > 0) throw withoutValues(events, place)
  refuseSeveralServices(holding, place)
  const kept = holding.filter((event) => event.triggeredid === undefined || !revoked.has(event.triggeredid))
  const unique = [...new Map(kept.map((event) => [event.id, event])).values()]
  return unique.map(toRecorded).toSorted((one, other) => timeOf(other) - timeOf(one))
}

/** In milliseconds; an event without a time is the oldest. */
export function timeOf({ time }: Pick<RecordedEvaluation, 'time'>): number {
  return (time === undefined ? undefined : parseTimestamp(time)?.getTime()) ?? 0
}

/** An evaluation's name in sentences. */
export function nameOfRecorded({ id, time }: RecordedEvaluation): string {
  return time === undefined ? `the evaluation ${id}` : `the evaluation ${id} of ${time}`
}

/** `sh.keptn.event.evaluation.finished`, or with a stage before the task. */
function isOf(kind: string): (event: Event) => boolean {
  return ({ type }) =>
    type === `sh.keptn.event.${kind}` || (type.startsWith('sh.keptn.event.') && type.endsWith(`.${kind}`))
}

function isEvent(json: unknown): boolean {
  return z.looseObject({ type: z.string().startsWith('sh.keptn.'), data: z.looseObject({}) }).safeParse(json).success
}

function listedIn(json: unknown): readonly unknown[] | undefined {
  if (Array.isArray(json)) return json
  return z.looseObject({ events: z.array(z.unknown()) }).safeParse(json).data?.events
}

/** Values of one service are not earlier values of another. */
function refuseSeveralServices(events: readonly Event[], place: string): void {
  const services = new Set(
    events.map(({ data: { project, stage, service } }) =>
      [project, stage, service].map((name) => name ?? '?').join('/'),
    ),
  )
  if (services.size > 1) throw usageError(`${place} contains events of several services: ${[...services].join(', ')}`)
}

function toRecorded({ id, time, data }: Event): RecordedEvaluation {
  const { evaluation, 'get-sli': asked, result, message = '' } = data
  const values = evaluation?.indicatorResults?.map(({ value }) => value) ?? asked?.indicatorValues ?? []
  return { id, time, result: resultOf(result ?? evaluation?.result), values, labels: data.labels ?? {}, message }
}

function resultOf(word: string | undefined): Result {
  return word === 'pass' || word === 'warning' ? word : 'fail'
}
