import { z } from 'zod'

export const stages = ['dev', 'staging', 'prod'] as const
const Stage = z.enum(stages)
export type Stage = z.infer<typeof Stage>

const step = { version: z.string(), stage: Stage }

/** What a control plane remembers, in the order in which it happened. */
export const Entry = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('deployed'), ...step, triggerId: z.string(), context: z.string() }),
  z.object({
    kind: z.literal('judged'),
    ...step,
    result: z.enum(['pass', 'warning', 'fail']),
    score: z.number(),
    /** Why, as the finished event says. */
    message: z.string(),
  }),
])
export type Entry = z.infer<typeof Entry>
export type Deployed = Extract<Entry, { readonly kind: 'deployed' }>

/** What became of a build in a stage. */
export type Decision = 'waiting' | 'promoted' | 'delivered' | 'held' | 'stopped'

/** Only what passed goes on: a warning holds a build where it is, and a fail stops it. */
export function decide(entries: readonly Entry[], version: string, stage: Stage): Decision {
  const judged = entries.find((entry) => entry.kind === 'judged' && isAt(entry, version, stage))
  if (judged?.kind !== 'judged') return 'waiting'
  if (judged.result === 'warning') return 'held'
  if (judged.result === 'fail') return 'stopped'
  return stage === stages.at(-1) ? 'delivered' : 'promoted'
}

/** Where each build is to be deployed next: every build that was promoted and is not there yet. */
export function nextDeployments(
  entries: readonly Entry[],
): readonly { readonly version: string; readonly stage: Stage }[] {
  return entries.flatMap(({ kind, version, stage }) => {
    if (kind !== 'judged' || decide(entries, version, stage) !== 'promoted') return []
    const next = stages[stages.indexOf(stage) + 1]
    if (next === undefined || isDeployed(entries, version, next)) return []
    return [{ version, stage: next }]
  })
}

/** Deployed, and without an answer so far. */
export function unanswered(entries: readonly Entry[]): readonly Deployed[] {
  return entries
    .filter((entry) => entry.kind === 'deployed')
    .filter(({ version, stage }) => decide(entries, version, stage) === 'waiting')
}

export function isDeployed(entries: readonly Entry[], version: string, stage: Stage): boolean {
  return entries.some((entry) => entry.kind === 'deployed' && isAt(entry, version, stage))
}

function isAt(entry: Entry, version: string, stage: Stage): boolean {
  return entry.version === version && entry.stage === stage
}
