import { pathOf, type Call, type Window } from './call.ts'
import type { Conversation, Replied } from './client.ts'
import { firstCall } from './metrics.ts'
import type { MetricsQuery } from './metrics-query.ts'
import { metricsReplyOf, type Collection } from './metrics-reply.ts'

/** So many metric expressions the API takes at once. */
const selectorsMax = 10
/** Of a path with its parameters; longer ones are not sure to get through every ActiveGate. */
const pathBytesMax = 8_000

/** A reply that came with those to other questions, and how many requests it took them all. */
export interface SharedReply {
  readonly replied: Replied
  readonly attempts: number
}

/** The reply to a call that was asked together with others; undefined: ask it alone. */
export type Together = (call: Call) => Promise<SharedReply | undefined>

/**
 * Asks metrics together where only their selectors differ, up to ten in one request. Whatever is refused, or cannot be told apart,
 * or was cut at a limit that the others brought it to, is to be asked alone, so that nobody loses a value by the company it is in.
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

/** Calls that differ in their selectors alone, each selector once, in batches of at least two. */
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

/** A comma outside of parentheses and quotes separates expressions; with one, or with an open parenthesis, a selector goes alone. */
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

/** One reply for each call in their order; undefined when each is to be asked alone. Never rejects. */
async function askBatch(
  batch: readonly Call[],
  conversation: Conversation,
): Promise<readonly (SharedReply | undefined)[] | undefined> {
  const replied = await conversation.ask(joined(batch))
  const attempts = conversation.attempts()
  if (replied.kind === 'refused') {
    // What is wrong with a question, or with its length, is so with one of them; what is wrong with us or the server, with all.
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

/** At a limit of the API; alone it may be below. */
function isCut({ dataPointCountRatio, dimensionCountRatio }: Collection): boolean {
  return Math.max(dataPointCountRatio ?? 0, dimensionCountRatio ?? 0) >= 1
}
