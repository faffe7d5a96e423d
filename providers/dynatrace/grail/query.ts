import { setTimeout as after } from 'node:timers/promises'
import { missing, type Answer } from '../../answer.ts'
import { unfinished } from '../../http/failure.ts'
import { budgetOf, type Budget } from '../../http/http.ts'
import type { Window } from '../call.ts'
import type { DynatraceOptions } from '../options.ts'
import { answerOfResult, recordsMax } from './answer.ts'
import { malformed, unansweredIn, type GrailConversation } from './client.ts'
import { QueryReply } from './result.ts'

/** How long the server may hold a request, so that it need not be polled constantly. */
const executeMsMax = 10_000
const pollMsMax = 5_000

/** The pause between polls that return at once. */
const pauseMs = 250

/** The time limit for a cancellation. */
const cancelMsMax = 3_000

/** The largest value that Grail accepts. */
const fetchSecondsMax = 900

export interface DqlQuery {
  readonly dql: string
  /** Used unless the query has its own timeframe. */
  readonly window: Window
  readonly options: DynatraceOptions
}

/** Runs a query to completion and reduces the result to one number. `cancel` is called if it is abandoned while it runs. */
export async function measureDql(
  query: DqlQuery,
  conversation: GrailConversation,
  budget: Budget,
  cancel: (requestToken: string) => void,
): Promise<Answer> {
  const startedAt = performance.now()
  let requestToken: string | undefined
  try {
    let reply = read(await conversation.sdk.queryExecute({ body: bodyOf(query, budget) }))
    while (reply?.state === 'RUNNING' || reply?.state === 'NOT_STARTED') {
      requestToken = reply.requestToken ?? requestToken
      if (requestToken === undefined) return malformed('a running query has no request token')
      reply = read(await poll(requestToken, conversation, budget))
    }
    if (reply === undefined) return malformed('unknown state, or no result')
    requestToken = undefined
    if (reply.state === 'SUCCEEDED') return answerOfResult(reply.result, query.options)
    return missing('upstream', `the query ended as ${reply.state}, without a result`)
  } catch (error) {
    const answer = unansweredIn(error)
    if (answer !== undefined) return answer
    if (!budget.signal.aborted) throw error
    return unfinished(budget.signal, startedAt, 'while the query ran')
  } finally {
    if (requestToken !== undefined) cancel(requestToken)
  }
}

/** Resolves even if it fails: an abandoned query ends by itself. */
export async function cancelDql(requestToken: string, begin: (budget: Budget) => GrailConversation): Promise<void> {
  const deadline = new Date(Date.now() + cancelMsMax)
  try {
    await begin(budgetOf({ signal: new AbortController().signal, deadline })).sdk.queryCancel({ requestToken })
  } catch (error) {
    if (unansweredIn(error) === undefined) throw error
  }
}

function bodyOf({ dql, window }: DqlQuery, budget: Budget) {
  const remainingMs = Math.max(budget.deadline.getTime() - Date.now(), 1000)
  return {
    query: dql,
    defaultTimeframeStart: window.start.toISOString(),
    defaultTimeframeEnd: window.end.toISOString(),
    timezone: 'UTC',
    locale: 'en_US',
    maxResultRecords: recordsMax,
    includeTypes: true,
    requestTimeoutMilliseconds: heldMs(budget, executeMsMax),
    fetchTimeoutSeconds: Math.min(Math.ceil(remainingMs / 1000), fetchSecondsMax),
  }
}

/** Makes the server report a running query before our own time is over. */
function heldMs({ deadline }: Budget, limitMs: number): number {
  return Math.max(1, Math.min(limitMs, Math.floor((deadline.getTime() - Date.now()) / 2)))
}

async function poll(requestToken: string, { sdk }: GrailConversation, budget: Budget): Promise<unknown> {
  const startedAt = performance.now()
  const reply = await sdk.queryPoll({ requestToken, requestTimeoutMilliseconds: heldMs(budget, pollMsMax) })
  const isQuick = performance.now() - startedAt < pauseMs && /^(RUNNING|NOT_STARTED)$/.test(reply.state)
  if (isQuick) await after(pauseMs, undefined, { signal: budget.signal })
  return reply
}

function read(reply: unknown): QueryReply | undefined {
  return QueryReply.safeParse(reply).data
}
