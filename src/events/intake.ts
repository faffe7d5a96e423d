import { PharosError } from '../errors.ts'
import type { EvaluateCommand } from '../command.ts'
import type { Accepted } from '../evaluation-store.ts'
import type { Evaluation, Invalidation } from '../evaluation.ts'
import type { ServiceKey } from '../service.ts'
import type { IncomingEvent } from './cloudevent.ts'
import { toWish } from './invalidated.ts'
import { invalidatedType } from './keptn.ts'
import { toCommand } from './triggered.ts'

/** What became of an event. Whatever is said of an evaluation is committed. */
export type EventOutcome =
  /** It set this evaluation off, or joined it. */
  | { readonly kind: 'accepted'; readonly evaluation: Evaluation }
  /** It came before, and set this evaluation off then. */
  | { readonly kind: 'known'; readonly evaluation: Evaluation }
  /** It made this evaluation no measure for later ones, or an event before it did. */
  | { readonly kind: 'invalidated'; readonly evaluation: Evaluation }
  /** It is of a type that is nothing to us, and was not kept. */
  | { readonly kind: 'ignored' }

export interface IntakeDeps {
  /** Answers when the evaluation is committed, or rejects. */
  readonly accept: (command: EvaluateCommand) => Promise<Accepted>
  /** The newest evaluation of a service whose events have this `triggeredid`. */
  readonly findTriggered: (service: ServiceKey, triggeredId: string) => Promise<Evaluation | undefined>
  /** Answers when it is committed, or rejects; the `invalidation` is null when the evaluation has not ended. */
  readonly invalidate: (
    evaluation: Evaluation,
    invalidation: Pick<Invalidation, 'reason' | 'by'>,
  ) => Promise<Evaluation>
  readonly forms: 'task' | 'stage' | 'both'
  readonly now: () => Date
}

/**
 * Takes an event in, whatever brought it here. When this resolves, everything that follows from the event is committed, so
 * that its transport may be told so; until then it must not be. The same event again, by `source` and `id`, is harmless.
 * Throws PharosError for what the same event would meet again: `invalid_event`; of an invalidation, `evaluation_not_found` and
 * `evaluation_not_ended`.
 */
export async function acceptEvent(event: IncomingEvent, deps: IntakeDeps): Promise<EventOutcome> {
  if (event.type === invalidatedType) return invalidate(event, deps)
  const form = triggeredType.exec(event.type)
  if (form === null || !isAccepted(form, deps)) return { kind: 'ignored' }
  const { evaluation, replayed } = await deps.accept(toCommand(event, form.groups?.['stage'], deps.now()))
  return { kind: replayed ? 'known' : 'accepted', evaluation }
}

/** Of a task, or of a sequence, which names its stage. */
export const triggeredType = /^sh\.keptn\.event\.(?:(?<stage>.+)\.)?evaluation\.triggered$/

function isAccepted({ groups }: RegExpExecArray, { forms }: IntakeDeps): boolean {
  return forms === 'both' || forms === (groups?.['stage'] === undefined ? 'task' : 'stage')
}

async function invalidate(event: IncomingEvent, deps: IntakeDeps): Promise<EventOutcome> {
  const { service, triggeredId, reason, by } = toWish(event)
  const found = await deps.findTriggered(service, triggeredId)
  if (found === undefined) {
    const where = `service ${service.service} in stage ${service.stage} of project ${service.project}`
    throw new PharosError('evaluation_not_found', `no evaluation of ${where} answers ${JSON.stringify(triggeredId)}`)
  }
  const evaluation = await deps.invalidate(found, { reason, by })
  if (evaluation.invalidation !== null) return { kind: 'invalidated', evaluation }
  throw new PharosError(
    'evaluation_not_ended',
    `evaluation ${evaluation.id} has not ended: it can be cancelled, not invalidated`,
  )
}
