import { z } from 'zod'
import type { Budget, HttpAnswer } from '../http/http.ts'
import { parseJson } from '../json.ts'
import type { MeasureRequest } from '../provider.ts'
import type { Fact, Found, Look } from './absence.ts'
import type { PrometheusClient } from './client.ts'
import type { Credentials } from './credentials.ts'
import { secondsOf } from './options.ts'
import { numberOf, Sample, Samples } from './sample.ts'

/** The time for all extra queries of one call, since they only improve a message. */
const lookMsMax = 5_000

/** The part of a call's time that is reserved for its own replies. */
const reserveMs = 300

/** The budget for extra queries, from now on; undefined if the call is almost over. */
export function lookBudgetOf(budget: Budget): Budget | undefined {
  const lookMs = Math.min(lookMsMax, budget.deadline.getTime() - Date.now() - reserveMs)
  if (lookMs <= 0) return undefined
  const signal = AbortSignal.any([budget.signal, AbortSignal.timeout(lookMs)])
  return { ...budget, signal, deadline: new Date(Date.now() + lookMs), attemptsMax: 1 }
}

const labelled = { metric: z.object({ fact: z.string() }) }

const Reply = z.object({
  status: z.literal('success'),
  data: z.object({
    result: z.array(z.union([z.object({ ...labelled, value: Sample }), z.object({ ...labelled, values: Samples })])),
  }),
})

interface Looking {
  readonly window: MeasureRequest['window']
  readonly credentials: Credentials
  readonly lookBudget: () => Budget | undefined
  /** Parameters with those of the instance. */
  readonly formOf: (own: Readonly<Record<string, string>>) => URLSearchParams
}

/** Queries facts: one request for all facts together. */
export class PrometheusLook implements Look {
  readonly #client: PrometheusClient
  readonly #looking: Looking
  /** The number of requests sent. */
  attempts = 0

  constructor(client: PrometheusClient, looking: Looking) {
    this.#client = client
    this.#looking = looking
  }

  now(facts: readonly Fact[]): Promise<ReadonlyMap<string, Found> | undefined> {
    const time = secondsOf(this.#looking.window.end.getTime())
    return this.#ask('/api/v1/query', { query: queryOf(facts), time })
  }

  before(facts: readonly Fact[], beforeMs: number, stepMs: number): Promise<ReadonlyMap<string, Found> | undefined> {
    const end = this.#looking.window.end.getTime()
    const range = { start: secondsOf(end - beforeMs), end: secondsOf(end), step: secondsOf(stepMs) }
    return this.#ask('/api/v1/query_range', { query: queryOf(facts), ...range })
  }

  async #ask(path: string, form: Readonly<Record<string, string>>): Promise<ReadonlyMap<string, Found> | undefined> {
    const { credentials, lookBudget, formOf } = this.#looking
    const budget = lookBudget()
    if (budget === undefined) return undefined
    const formFor = (limitMs: number) => formOf({ ...form, timeout: secondsOf(limitMs) })
    const answered = await this.#client.send(path, formFor, credentials, budget)
    this.attempts += answered.attempts
    return foundIn(answered)
  }
}

/** Each fact is a separate series, identified by its label. */
function queryOf(facts: readonly Fact[]): string {
  return facts.map(({ id, expression }) => `label_replace(${expression},"fact","${id}","","")`).join(' or ')
}

function foundIn(answered: HttpAnswer): ReadonlyMap<string, Found> | undefined {
  if (answered.kind === 'failed') return undefined
  const { status, isJson, body } = answered.reply
  const reply = Reply.safeParse(status === 200 && isJson ? parseJson(body) : undefined)
  if (!reply.success) return undefined
  return new Map(
    reply.data.data.result.flatMap((series): readonly [string, Found][] => {
      const last = 'value' in series ? series.value : series.values.at(-1)
      if (last === undefined) return []
      return [[series.metric.fact, { at: last[0] * 1000, value: numberOf(last[1]) ?? Number.NaN }]]
    }),
  )
}
