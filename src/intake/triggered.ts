import { z } from 'zod'
import type { EvaluateCommand } from '../evaluation/command.ts'
import { PharosError } from '../base/errors.ts'
import type { Arrival } from '../evaluation/evaluation.ts'
import { GitCommitId, Labels, storable, storablePattern, unstorable } from '../base/labels.ts'
import { mistakesOf } from '../base/mistakes.ts'
import { Name, ServiceName } from '../base/names.ts'
import { inOurWords } from '../base/wording.ts'
import type { IncomingEvent } from './cloudevent.ts'
import { eventWindow } from './event-window.ts'

const Text = z
  .string({ error: 'must be a string' })
  .refine(storable, unstorable)
  .meta({ pattern: storablePattern })
  .nullish()

/** Keptn's data, of which much is for others. What is empty or null counts as absent. */
export const TriggeredData = z.looseObject(
  {
    project: Name,
    stage: Name,
    service: ServiceName,
    labels: Labels.nullish(),
    evaluation: z.looseObject({ start: Text, end: Text, timeframe: Text }, { error: 'must be an object' }).nullish(),
    test: z.looseObject({ start: Text, end: Text, teststrategy: Text }, { error: 'must be an object' }).nullish(),
    // Keptn before 0.8.
    teststrategy: Text,
  },
  { error: 'must be an object with project, stage and service' },
)

export const TriggeredAttributes = z.looseObject({
  shkeptncontext: z.uuid({ error: 'must be a UUID' }).optional(),
  gitcommitid: GitCommitId.optional(),
})

/**
 * What an `evaluation.triggered` that arrived at `now` asks for; `stageOfType` is the stage that its type names, if it does.
 * Throws PharosError `invalid_event`.
 */
export function toCommand(
  event: IncomingEvent,
  {
    stageOfType,
    arrival,
    now,
  }: { readonly stageOfType: string | undefined; readonly arrival: Arrival; readonly now: Date },
): EvaluateCommand {
  const attributes = TriggeredAttributes.safeParse(event.attributes, { error: inOurWords })
  const data = TriggeredData.safeParse(event.data, { error: inOurWords })
  const mistakes = [
    ...mistakesOf(attributes.error),
    ...mistakesOf(data.error).map((mistake) => ({ ...mistake, pointer: `/data${mistake.pointer}` })),
  ]
  if (stageOfType !== undefined && data.data !== undefined && data.data.stage !== stageOfType) {
    const message = `must be ${stageOfType}, as the type of the event says`
    mistakes.push({ code: 'contradiction', pointer: '/data/stage', message })
  }
  if (attributes.data === undefined || data.data === undefined || mistakes.length > 0) {
    throw new PharosError('invalid_event', `the event ${event.type} is not valid`, { mistakes })
  }
  const { project, stage, service, labels, evaluation, test, teststrategy } = data.data
  const { id, source, type, time } = event
  return {
    service: { project, stage, service },
    window: eventWindow({ time, evaluation: evaluation ?? {}, test: test ?? {} }, now),
    labels: labels ?? {},
    slo: undefined,
    pushed: [],
    reported: [],
    context: attributes.data.shkeptncontext,
    gitCommitId: attributes.data.gitcommitid,
    trigger: {
      kind: 'event',
      id,
      source,
      type,
      ...(arrival.trust === 'unsigned' && { unsigned: true }),
      ...(arrival.by !== undefined && { by: arrival.by }),
    },
    testStrategy: test?.teststrategy || teststrategy || undefined,
    idempotency: undefined,
  }
}
