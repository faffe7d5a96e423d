import { z } from 'zod'
import { PharosError } from '../base/errors.ts'
import { textOf } from '../base/labels.ts'
import { mistakesOf } from '../base/mistakes.ts'
import { Name, ServiceName, type ServiceKey } from '../base/names.ts'
import type { IncomingEvent } from './cloudevent.ts'

export interface InvalidationRequest {
  readonly service: ServiceKey
  /** Of the finished event that is not to count. */
  readonly triggeredId: string
  /** Empty when nobody says why. */
  readonly reason: string
  /** The event's source. */
  readonly by: string
}

const Reason = textOf({ max: 1024 }, { error: () => 'must be a string' }).nullish()

export const InvalidatedData = z.looseObject(
  {
    project: Name,
    stage: Name,
    service: ServiceName,
    evaluation: z.looseObject({ reason: Reason }, { error: 'must be an object' }).nullish(),
  },
  { error: 'must be an object with project, stage and service' },
)

/** What an `evaluation.invalidated` asks for. Throws PharosError `invalid_event`. */
export function toInvalidation({ source, type, attributes, data }: IncomingEvent): InvalidationRequest {
  const triggered = z.string({ error: 'must be a string' }).safeParse(attributes['triggeredid'])
  const parsed = InvalidatedData.safeParse(data)
  if (!triggered.success || !parsed.success) {
    const mistakes = [
      ...mistakesOf(triggered.error).map((mistake) => ({ ...mistake, pointer: '/triggeredid' })),
      ...mistakesOf(parsed.error).map((mistake) => ({ ...mistake, pointer: `/data${mistake.pointer}` })),
    ]
    throw new PharosError('invalid_event', `the event ${type} is not valid`, { mistakes })
  }
  const { project, stage, service, evaluation } = parsed.data
  return {
    service: { project, stage, service },
    triggeredId: triggered.data,
    reason: evaluation?.reason ?? '',
    by: source,
  }
}
