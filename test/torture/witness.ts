import { createHash } from 'node:crypto'
import { z } from 'zod'

const Event = z.object({
  id: z.string(),
  type: z.string(),
  triggeredid: z.string(),
  data: z.object({ service: z.string(), evaluation: z.object({ id: z.string() }) }),
})

/** An event as it first arrived. */
export interface Arrival {
  readonly id: string
  readonly type: string
  /** The trigger that it answers. */
  readonly triggeredId: string
  readonly service: string
  readonly evaluation: string
}

/** Whoever was told of events. */
export interface Witness {
  /** Each event once, in the order of its first arrival. */
  readonly arrivals: readonly Arrival[]
  /** Of each event, every body that it came with. */
  readonly hashesOf: ReadonlyMap<string, ReadonlySet<string>>
  /** How many it was told, repeated ones included. */
  taken(): number
}

export function createWitness(): Witness & { readonly record: (body: string) => void } {
  const arrivals: Arrival[] = []
  const hashesOf = new Map<string, Set<string>>()
  let taken = 0
  return {
    arrivals,
    hashesOf,
    taken: () => taken,
    record(body) {
      const { id, type, triggeredid, data } = Event.parse(JSON.parse(body))
      const { service, evaluation } = data
      taken += 1
      if (!hashesOf.has(id)) {
        arrivals.push({ id, type, triggeredId: triggeredid, service, evaluation: evaluation.id })
      }
      hashesOf.set(id, (hashesOf.get(id) ?? new Set()).add(createHash('sha256').update(body).digest('hex')))
    },
  }
}
