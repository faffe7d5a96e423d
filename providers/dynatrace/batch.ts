import { pathOf, type Call, type Window } from './call.ts'
import type { Conversation, Replied } from './client.ts'
import { firstCall } from './metrics.ts'
import type { MetricsQuery } from './metrics-query.ts'
import { metricsReplyOf, type Collection } from './metrics-reply.ts'

/** The API's limit of metric expressions in one request. */
const selectorsMax = 10
/** The maximum length of a path with parameters; some ActiveGates may reject longer ones. */
const pathBytesMax = 8_000

/** A reply that shared its requests with others, and how many requests that took. */
export interface SharedReply {
  readonly replied: Replied
  readonly attempts: number
}

/** The reply to a call that was sent together with others; undefined if it must be sent alone. */
export type Together = (call: Call) => Promise<SharedReply | undefined>

/**
 * Queries metrics together if only their selectors differ, up to ten in one request. A metric is queried alone if the batch was
 * refused, if its reply cannot be identified, or if the batch reached a limit, so that sharing a request never loses a value.
 */
export function askTogether(queries: readonly MetricsQuery[], window: Window, begin: () => Conversation): Together {
  const shared = new Map<string, Promise<SharedReply | undefined>>()
  for (const batch of batchesOf(queries.map((query) => firstCall(query, window)))) {
    const asked = askBatch(batch, begin())
    for (const [place, call] of batch.entries()) {
      const reply = asked.then((replies) => replies?.[place])
      shared.set(pathOf(call), reply)
    }
  }
  return async (call) => shared.get(pathOf(call))
}

/** Calls that differ only in their selectors, each selector once, in batches of at least two. */
function batchesOf(calls: readonly Call[]): readonly (readonly Call[])[] {
  const distinct = [...new Map(calls.filter(isOneExpression).map((call) => [pathOf(call), call])).values()]
  const alike = Map.groupBy(distinct, (call) =>
    pathOf({ ...call, parameters: { ...call.parameters, metricSelector: '' } }),
  )
  return [...alike.values()].flatMap(inBatches).filter((batch) => batch.length > 1)
}

function inBatches(calls: readonly Call[]): readonly (readonly Call[])[] {
  const batches: Call[][] = []
  for (const call of calls) {
    const batch = batches.at(-1)
    const isRoom = batch !== undefined && batch.length < selectorsMax && lengthOf([...batch, call]) <= pathBytesMax
    if (isRoom) batch.push(call)
    else batches.push([call])
  }
  return batches
}

function lengthOf(batch: readonly Call[]): number {
  return Buffer.byteLength(pathOf(joined(batch)))
}

function joined(batch: readonly Call[]): Call {
  const [first] = batch
  if (first === undefined) throw new Error('a batch has no call')
  const metricSelector = batch.map(({ parameters }) => parameters['metricSelector']).join(',')
  return { ...first, parameters: { ...first.parameters, metricSelector } }
}

/** A comma outside of parentheses and quotes separates expressions; selectors with one, or with unbalanced parentheses, are sent alone. */
function isOneExpression({ parameters: { metricSelector = '' } }: Call): boolean {
  const unquoted = metricSelector.replaceAll(/"(?:[^"~]|~.)*"/g, '')
  let depth = 0
  for (const sign of unquoted) {
    if (sign === '(') depth += 1
    if (sign === ')') depth -= 1
    if (depth < 0 || sign === '"' || (sign === ',' && depth === 0)) return false
  }
  return depth === 0
}

/** One reply for each call, in order; undefined if each must be sent alone. Never rejects. */
async function askBatch(
  batch: readonly Call[],
  conversation: Conversation,
): Promise<readonly (SharedReply | undefined)[] | undefined> {
  const replied = await conversation.ask(joined(batch))
  const attempts = conversation.attempts()
  if (replied.kind === 'refused') {
    // A wrong or overlong query may be the fault of one call; other errors affect all calls.
    return [400, 404, 413, 414].includes(replied.status) ? undefined : batch.map(() => ({ replied, attempts }))
  }
  const reply = metricsReplyOf(replied.body)
  if ('outcome' in reply || reply.result.length !== batch.length || typeof reply.nextPageKey === 'string')
    return undefined
  return reply.result.map((collection) => {
    if (isCut(collection)) return undefined
    return { attempts, replied: { kind: 'body', body: { ...reply, result: [collection] } } }
  })
}

/** Whether a reply reached a limit of the API, which the call alone may not reach. */
function isCut({ dataPointCountRatio, dimensionCountRatio }: Collection): boolean {
  return Math.max(dataPointCountRatio ?? 0, dimensionCountRatio ?? 0) >= 1
}
