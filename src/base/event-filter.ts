import type { Result } from '../../slo/index.ts'

/** As a subscriber names them. */
export const eventTypes = ['evaluation.started', 'evaluation.finished', 'evaluation.invalidated'] as const

/** Before a type of ours, in the words of Keptn. */
export const typePrefix = 'sh.keptn.event.'

/** Which events somebody wants: those that are in each list; a list that is not there holds all. */
export interface EventFilter {
  readonly types?: readonly (typeof eventTypes)[number][] | undefined
  readonly projects?: readonly string[] | undefined
  readonly stages?: readonly string[] | undefined
  readonly services?: readonly string[] | undefined
  /** Of evaluations that have ended: with this list, nobody hears of one that has only begun. */
  readonly results?: readonly Result[] | undefined
}

/** What an event is chosen by; `result` is null before the end. */
export interface Chosen {
  readonly type: string
  readonly project: string
  readonly stage: string
  readonly service: string
  readonly result: Result | null
}

/** Says the same as `isFor` of src/storage/subscriptions.ts. */
export function isWanted(filter: EventFilter, { type, project, stage, service, result }: Chosen): boolean {
  return (
    holds(
      filter.types?.map((wanted) => `${typePrefix}${wanted}`),
      type,
    ) &&
    holds(filter.projects, project) &&
    holds(filter.stages, stage) &&
    holds(filter.services, service) &&
    holds(filter.results, result)
  )
}

function holds(list: readonly string[] | undefined, value: string | null): boolean {
  return list === undefined || (value !== null && list.includes(value))
}

/** Keptn's type of the event that invalidates an evaluation, incoming and outgoing. */
export const invalidatedType = 'sh.keptn.event.evaluation.invalidated'
