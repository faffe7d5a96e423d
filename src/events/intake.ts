import { z } from 'zod'
import { PharosError } from '../errors.ts'
import type { EvaluateCommand } from '../command.ts'
import type { Accepted } from '../evaluate.ts'
import type { Evaluation } from '../evaluation.ts'
import { GitCommitId, Labels, storable, unstorable } from '../labels.ts'
import { mistakesOf } from '../mistakes.ts'
import { Name } from '../service.ts'
import type { IncomingEvent } from './cloudevent.ts'
import { eventWindow } from './event-window.ts'

/** What became of an event. Whatever is said of an evaluation is committed. */
export type EventOutcome =
  /** It set this evaluation off, or joined it. */
  | { readonly kind: 'accepted'; readonly evaluation: Evaluation }
  /** It came before, and set this evaluation off then. */
  | { readonly kind: 'known'; readonly evaluation: Evaluation }
  /** It is of a type that is nothing to us, and was not kept. */
  | { readonly kind: 'ignored' }

export interface IntakeDeps {
  /** Answers when the evaluation is committed, or rejects. */
  readonly accept: (command: EvaluateCommand) => Promise<Accepted>
  readonly forms: 'task' | 'stage' | 'both'
  /** How long a test may be over that an event tells of. */
  readonly testAgeMaxMs: number
}

/**
 * Takes an event in, whatever brought it here. When this resolves, everything that follows from the event is committed, so
 * that its transport may be told so; until then it must not be. The same event again, by `source` and `id`, is harmless.
 * Throws PharosError: `invalid_event` and the codes of `accept` for what the same event would meet again.
 */
export async function acceptEvent(event: IncomingEvent, deps: IntakeDeps): Promise<EventOutcome> {
  const form = triggeredType.exec(event.type)
  if (form === null || !isAccepted(form, deps)) return { kind: 'ignored' }
  const { evaluation, replayed } = await deps.accept(toCommand(event, form.groups?.['stage'], deps))
  return { kind: replayed ? 'known' : 'accepted', evaluation }
}

/** Of a task, or of a sequence, which names its stage. */
const triggeredType = /^sh\.keptn\.event\.(?:(?<stage>.+)\.)?evaluation\.triggered$/

function isAccepted({ groups }: RegExpExecArray, { forms }: IntakeDeps): boolean {
  return forms === 'both' || forms === (groups?.['stage'] === undefined ? 'task' : 'stage')
}

const Text = z.string({ error: 'must be a text' }).refine(storable, unstorable).nullish()

/** Keptn's data, of which much is for others. What is empty or null counts as absent. */
const TriggeredData = z.looseObject(
  {
    project: Name,
    stage: Name,
    service: Name,
    labels: Labels.nullish(),
    evaluation: z.looseObject({ start: Text, end: Text, timeframe: Text }, { error: 'must be an object' }).nullish(),
    test: z.looseObject({ start: Text, end: Text }, { error: 'must be an object' }).nullish(),
  },
  { error: 'must be an object with project, stage and service' },
)

const Attributes = z.looseObject({
  shkeptncontext: z.uuid({ error: 'must be a UUID' }).optional(),
  gitcommitid: GitCommitId.optional(),
})

function toCommand(
  event: IncomingEvent,
  stageOfType: string | undefined,
  { testAgeMaxMs }: IntakeDeps,
): EvaluateCommand {
  const attributes = Attributes.safeParse(event.attributes)
  const data = TriggeredData.safeParse(event.data)
  const mistakes = [
    ...mistakesOf(attributes.error),
    ...mistakesOf(data.error).map((mistake) => ({ ...mistake, pointer: `/data${mistake.pointer}` })),
  ]
  if (stageOfType !== undefined && data.data !== undefined && data.data.stage !== stageOfType) {
    const message = `must be ${stageOfType}, as the type of the event says`
    mistakes.push({ code: 'invalid_value', pointer: '/data/stage', message })
  }
  if (attributes.data === undefined || data.data === undefined || mistakes.length > 0) {
    throw new PharosError('invalid_event', `the event ${event.type} is not valid`, { mistakes })
  }
  const { project, stage, service, labels, evaluation, test } = data.data
  const { id, source, type, time } = event
  return {
    service: { project, stage, service },
    window: (now) => eventWindow({ time, evaluation: evaluation ?? {}, test: test ?? {} }, testAgeMaxMs, now),
    labels: labels ?? {},
    slo: undefined,
    pushed: [],
    context: attributes.data.shkeptncontext,
    gitCommitId: attributes.data.gitcommitid,
    trigger: { kind: 'event', id, source, type },
    idempotency: undefined,
  }
}
