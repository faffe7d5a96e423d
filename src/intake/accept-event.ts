import { PharosError } from '../base/errors.ts'
import type { EvaluateCommand } from '../evaluation/command.ts'
import type { Accepted, Changed } from '../evaluation/evaluation-store.ts'
import { sourceKey } from '../base/event-source.ts'
import type { Arrival, Evaluation, Invalidation, Trigger, Trust } from '../evaluation/evaluation.ts'
import type { ServiceKey } from '../base/names.ts'
import type { IncomingEvent } from './cloudevent.ts'
import { toInvalidation } from './invalidated.ts'
import { invalidatedType } from '../base/event-filter.ts'
import { toCommand } from './triggered.ts'

/** What became of an event. Whatever is said of an evaluation is committed. */
export type EventOutcome =
  /** It set this evaluation off, or joined it. */
  | { readonly kind: 'accepted'; readonly evaluation: Evaluation }
  /** It came before, and set this evaluation off then. */
  | { readonly kind: 'known'; readonly evaluation: Evaluation }
  /** It made this evaluation no measure for later ones, or an event before it did. */
  | { readonly kind: 'invalidated'; readonly evaluation: Evaluation; readonly hasChanged: boolean }
  /** It is of a type that is nothing to us, and was not kept. */
  | { readonly kind: 'ignored' }

export interface IntakeDeps {
  /** Answers when the evaluation is committed, or rejects. */
  readonly accept: (command: EvaluateCommand) => Promise<Accepted>
  /** The newest evaluation of a service whose events have this `triggeredid`, first of those that are as trusted. */
  readonly findTriggered: (service: ServiceKey, triggeredId: string, trust: Trust) => Promise<Evaluation | undefined>
  /** Answers when it is committed, or rejects; the `invalidation` is null when the evaluation has not ended. */
  readonly invalidate: (evaluation: Evaluation, invalidation: Omit<Invalidation, 'at'>) => Promise<Changed>
  /** Sources that have to sign their events, in any spelling. */
  readonly listed: readonly string[]
  readonly forms: 'task' | 'stage' | 'both'
  readonly now: () => Date
}

/**
 * Takes an event in, whatever brought it here. When this resolves, everything that follows from the event is committed, so
 * that its transport may be told so; until then it must not be. The same event again, by `source` and `id`, is harmless.
 * Throws PharosError for what the same event would meet again: `invalid_event`; of an invalidation, `evaluation_not_found`,
 * `invalidation_denied` and `evaluation_not_ended`.
 */
export async function acceptEvent(event: IncomingEvent, arrival: Arrival, deps: IntakeDeps): Promise<EventOutcome> {
  if (event.type === invalidatedType) return invalidate(event, arrival, deps)
  const form = triggeredType.exec(event.type)
  if (form === null || !isAccepted(form, deps)) return { kind: 'ignored' }
  const command = toCommand(event, { stageOfType: form.groups?.['stage'], arrival, now: deps.now() })
  const { evaluation, replayed } = await deps.accept(command)
  return { kind: replayed ? 'known' : 'accepted', evaluation }
}

/** Of a task, or of a sequence, which names its stage. */
export const triggeredType = /^sh\.keptn\.event\.(?:(?<stage>.+)\.)?evaluation\.triggered$/

function isAccepted({ groups }: RegExpExecArray, { forms }: IntakeDeps): boolean {
  return forms === 'both' || forms === (groups?.['stage'] === undefined ? 'task' : 'stage')
}

async function invalidate(
  event: IncomingEvent,
  { trust, by: token }: Arrival,
  deps: IntakeDeps,
): Promise<EventOutcome> {
  const { service, triggeredId, reason, by } = toInvalidation(event)
  const found = await deps.findTriggered(service, triggeredId, trust)
  if (found === undefined) {
    const where = `service ${service.service} in stage ${service.stage} of project ${service.project}`
    throw new PharosError('evaluation_not_found', `no evaluation of ${where} answers ${JSON.stringify(triggeredId)}`)
  }
  if (trust === 'unsigned' && !isOfItsOwn(found.trigger, event.source, deps.listed)) {
    throw new PharosError(
      'invalidation_denied',
      `this event is not signed: it can only invalidate evaluations that its own source, ${JSON.stringify(event.source)}, triggered`,
    )
  }
  const wanted = { reason, by, ...(token !== undefined && { byToken: token }) }
  const { evaluation, hasChanged } = await deps.invalidate(found, wanted)
  if (evaluation.invalidation !== null) return { kind: 'invalidated', evaluation, hasChanged }
  throw new PharosError(
    'evaluation_not_ended',
    `evaluation ${evaluation.id} has not ended: it can be cancelled, not invalidated`,
  )
}

/** Whether this source triggered it, and no source that signs its events did. */
function isOfItsOwn(trigger: Trigger, source: string, listed: readonly string[]): boolean {
  if (trigger.kind === 'api') return false
  const sources = [trigger.source, ...(trigger.joined === undefined ? [] : [trigger.joined.source])].map(sourceKey)
  const signing = new Set(listed.map(sourceKey))
  return sources.includes(sourceKey(source)) && !sources.some((one) => signing.has(one))
}
