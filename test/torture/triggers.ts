import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Program } from './fleet.ts'

/** A wish for an evaluation, sent until somebody answers for it. */
export interface Trigger {
  readonly key: string
  readonly service: string
  readonly body: object
}

/** What the senders were told. */
export interface Told {
  /** Every evaluation id that a key was answered with; more than one is a double. */
  readonly idsOf: ReadonlyMap<string, ReadonlySet<string>>
  /** Requests that were answered with something that no retry mends. */
  readonly refused: readonly string[]
  /** How many requests were sent, repeated ones included. */
  readonly sent: number
}

const requestLimitMs = 8_000
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
  'shop/prometheus/sli.yaml': `spec_version: "1.0"
indicators:
  errors: errors
  latency: latency{kind="$LABEL.kind"}
`,
}

export function triggerOf(index: number, random: () => number): Trigger {
  const service = services[Math.floor(random() * services.length)] ?? ''
  const kind = random() < 0.05 ? 'never' : random() < 0.3 ? 'late' : 'soon'
  const errors = random() < 0.1 ? 2 : random()
  const pushed = [
    { metric: 'errors', value: errors },
    ...(random() < 0.5 ? [{ metric: 'latency', value: 100 + 500 * random() }] : []),
  ]
  return { key: `run-${index}`, service, body: { labels: { kind, build: String(index) }, indicators: pushed } }
}

/** Sends triggers to random members; the same one again until it was answered, and sometimes once more or twice at once. */
export function createSenders(fleet: readonly Program[], random: () => number) {
  const idsOf = new Map<string, Set<string>>()
  const refused: string[] = []
  const open = new Set<Promise<void>>()
  let sent = 0

  function launch(trigger: Trigger): void {
    const work = deliver(trigger).finally(() => open.delete(work))
    open.add(work)
  }

  async function deliver(trigger: Trigger): Promise<void> {
    const isTwiceAtOnce = random() < duplicates / 2
    await Promise.all([untilAnswered(trigger), ...(isTwiceAtOnce ? [untilAnswered(trigger)] : [])])
    if (random() > duplicates) return
    await pause(2_000 * random())
    await untilAnswered(trigger)
  }

  async function untilAnswered(trigger: Trigger): Promise<void> {
    while (!(await send(trigger))) await pause(retryMs)
  }

  /** Whether it was answered. */
  async function send({ key, service, body }: Trigger): Promise<boolean> {
    const member = fleet[Math.floor(random() * fleet.length)]
    sent += 1
    const reply = await fetch(`${member?.url}/v1/projects/shop/stages/staging/services/${service}/evaluations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(requestLimitMs),
    }).catch(() => undefined)
    const text = await reply?.text().catch(() => undefined)
    if (reply === undefined || text === undefined || reply.status >= 500) return false
    if (!reply.ok) {
      refused.push(`${reply.status} ${text}`)
      return true
    }
    const { id } = JSON.parse(text) as { readonly id: string }
    idsOf.set(key, (idsOf.get(key) ?? new Set()).add(id))
    return true
  }

  return {
    launch,
    /** Resolves when every trigger was answered as often as it was sent. */
    async settled(): Promise<Told> {
      while (open.size > 0) await Promise.all(open)
      return { idsOf, refused, sent }
    },
  }
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
