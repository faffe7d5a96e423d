import { setTimeout as pause } from 'node:timers/promises'
import { Agent, fetch } from 'undici'
import type { Program } from './fleet.ts'
import type { Publish } from './publisher.ts'

/** A request for an evaluation, sent until somebody answers it, or until NATS has it. */
export type Trigger = ByHttp | ByNats

interface ByHttp {
  readonly by: 'http'
  /** What the same request again is known by: an idempotency key, or the id of an event. */
  readonly key: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

interface ByNats {
  readonly by: 'nats'
  /** The id of the event. */
  readonly key: string
  readonly subject: string
  readonly body: string
}

export function isEvent(trigger: Trigger): boolean {
  return trigger.by === 'nats' || trigger.path === eventsPath
}

/** What somebody wants judged: by one trigger, or by two events of one context, of the sequence and of its task. */
export type Wish = readonly [Trigger] | readonly [Trigger, Trigger]

/** What the senders were told. */
export interface Told {
  readonly wishes: readonly Wish[]
  /** Every evaluation id that a key was answered with by HTTP; more than one is a double. */
  readonly idsOf: ReadonlyMap<string, ReadonlySet<string>>
  /** Requests that were answered with something that no retry mends, or for very long with nothing. */
  readonly refused: readonly string[]
  /** How many requests were sent, repeated ones included. */
  readonly sent: number
}

const eventsPath = '/v1/events'

const requestLimitMs = 8_000

/** Longer than any trouble: what has no answer by then counts as refused, so that every run ends. */
const answerLimitMs = 300_000
const retryMs = 100
const services = ['carts', 'orders', 'payments', 'search']

/** How often a trigger that was answered is sent once more, as a pipeline does that missed the answer. */
const duplicates = 0.3

/** Indicators by query: most are answered soon, some late, a few never. */
export const files = {
  'shop/slo.yaml': `comparison: {compare_with: several_results, number_of_comparison_results: 3, include_result_with_score: pass_or_warn}
objectives:
  - {sli: errors, key_sli: true, pass: [{criteria: ["<=1"]}]}
  - {sli: latency, pass: [{criteria: ["<=+30%", "<600"]}], warning: [{criteria: ["<=800"]}]}
total_score: {pass: "90%", warning: "50%"}
`,
  'shop/project.yaml': 'requests: {values: [errors, latency]}\n',
  'shop/prometheus/sli.yaml': `spec_version: "1.0"
indicators:
  errors: errors{amount="$LABEL.errors"}
  latency: latency{kind="$LABEL.kind"}
`,
}

/**
 * Some arrive by HTTP with pushed values, some as an event, some as the two events that Keptn's control plane sends; where there
 * is NATS, events come that way too, of two perhaps only one.
 */
export function wishOf(index: number, random: () => number, hasNats: boolean): Wish {
  const service = services[Math.floor(random() * services.length)] ?? ''
  const kind = random() < 0.05 ? 'never' : random() < 0.3 ? 'late' : 'soon'
  const errors = random() < 0.1 ? 'many' : 'few'
  const labels = { kind, errors, build: String(index) }
  const way = random()
  if (way < 0.4) return [byApi(index, service, labels, random)]
  const context = uuidOf(random)
  const carrier = (): Trigger['by'] => (hasNats && random() < 0.4 ? 'nats' : 'http')
  const data = { service, labels }
  const task = byEvent(carrier(), `run-${index}`, 'sh.keptn.event.evaluation.triggered', context, data)
  if (way < 0.7) return [task]
  const type = 'sh.keptn.event.staging.evaluation.triggered'
  return [byEvent(carrier(), `run-${index}-of-stage`, type, context, data), task]
}

function byApi(index: number, service: string, labels: { readonly errors: string }, random: () => number): Trigger {
  const indicators = [
    { metric: 'errors', value: labels.errors === 'many' ? 2 : random() },
    ...(random() < 0.5 ? [{ metric: 'latency', value: 100 + 500 * random() }] : []),
  ]
  const key = `run-${index}`
  return {
    by: 'http',
    key,
    path: `/v1/projects/shop/stages/staging/services/${service}/evaluations`,
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify({ labels, indicators }),
  }
}

function byEvent(by: Trigger['by'], id: string, type: string, shkeptncontext: string, data: object): Trigger {
  const event = {
    specversion: '1.0',
    id,
    source: 'torture',
    type,
    time: new Date().toISOString(),
    shkeptncontext,
    data: { project: 'shop', stage: 'staging', ...data, evaluation: { timeframe: '5m' } },
  }
  const body = JSON.stringify(event)
  if (by === 'nats') return { by, key: id, subject: type, body }
  return { by, key: id, path: eventsPath, headers: { 'content-type': 'application/cloudevents+json' }, body }
}

function uuidOf(random: () => number): string {
  const digits = Array.from({ length: 30 }, () => Math.floor(16 * random()).toString(16)).join('')
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(12, 15)}-8${digits.slice(15, 18)}-${digits.slice(18, 30)}`
}

/**
 * Sends triggers to random members, or with `publish` to the stream; the same one again until it was answered, and sometimes once
 * more or twice at once.
 */
export function createSenders(fleet: readonly Program[], random: () => number, publish?: Publish) {
  const wishes: Wish[] = []
  const idsOf = new Map<string, Set<string>>()
  const refused: string[] = []
  const connections = new Agent()
  const open = new Set<Promise<void>>()
  let sent = 0

  /** Two triggers of one wish are on their way at once, and either may come first. */
  function launch(wish: Wish): void {
    wishes.push(wish)
    for (const trigger of wish) {
      const work = deliver(trigger).finally(() => open.delete(work))
      open.add(work)
    }
  }

  async function deliver(trigger: Trigger): Promise<void> {
    const isTwiceAtOnce = random() < duplicates / 2
    await Promise.all([untilAnswered(trigger), ...(isTwiceAtOnce ? [untilAnswered(trigger)] : [])])
    if (random() > duplicates) return
    await pause(2_000 * random())
    await untilAnswered(trigger)
  }

  async function untilAnswered(trigger: Trigger): Promise<void> {
    const limit = performance.now() + answerLimitMs
    while (!(await send(trigger))) {
      if (performance.now() > limit) return void refused.push(`${trigger.key}: no answer`)
      await pause(retryMs)
    }
  }

  /** Whether it was answered, or is in the stream. */
  async function send(trigger: Trigger): Promise<boolean> {
    sent += 1
    if (trigger.by === 'http') return request(trigger)
    return (await publish?.(trigger.subject, trigger.body)) === true
  }

  async function request({ key, path, headers, body }: ByHttp): Promise<boolean> {
    const member = fleet[Math.floor(random() * fleet.length)]
    const reply = await fetch(`${member?.url}${path}`, {
      method: 'POST',
      dispatcher: connections,
      headers,
      body,
      signal: AbortSignal.timeout(requestLimitMs),
    }).catch(() => undefined)
    const text = await reply?.text().catch(() => undefined)
    if (reply === undefined || text === undefined || reply.status >= 500) return false
    if (reply.status > 202) {
      refused.push(`${reply.status} ${text}`)
      return true
    }
    const { id } = JSON.parse(text) as { readonly id: string }
    idsOf.set(key, (idsOf.get(key) ?? new Set()).add(id))
    return true
  }

  return {
    launch,
    hasNats: publish !== undefined,
    /** How many evaluations the answers so far named. */
    accepted: () => new Set([...idsOf.values()].flatMap((ids) => [...ids])).size,
    /** Resolves when every trigger was answered as often as it was sent, and leaves no connection open. */
    async settled(): Promise<Told> {
      while (open.size > 0) await Promise.all(open)
      await connections.destroy()
      return { wishes, idsOf, refused, sent }
    },
  }
}
