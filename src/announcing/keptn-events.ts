import { v5 } from 'uuid'
import type { Announced, Announcer, OutgoingEvent } from './outgoing-event.ts'
import type { BriefExplanation, JudgedObjective, Result, Target } from '../../slo/index.ts'
import { invalidatedType, isWanted, type EventFilter } from '../base/event-filter.ts'
import { fitted } from './size-limit.ts'

export const startedType = 'sh.keptn.event.evaluation.started'
export const finishedType = 'sh.keptn.event.evaluation.finished'

/** Keptn's version of its event specification that the data follows. */
const keptnSpecVersion = '0.2.4'

/** A sink of `pharos.yaml` as far as the choice of its events goes. */
export interface SinkFilter extends EventFilter {
  readonly name: string
}

/** `source` is the events' `source` attribute; none is longer than `maxBytes`, in UTF-8. */
export interface EventSettings {
  readonly source: string
  readonly maxBytes: number
  /** What links begin with; undefined: there are none. */
  readonly publicUrl: string | undefined
}

/** Speaks Keptn's dialect of CloudEvents. */
export function createAnnouncer(
  { source, maxBytes, publicUrl }: EventSettings,
  sinks: readonly SinkFilter[],
): Announcer {
  function event(
    evaluation: Announced & { readonly result: Result | null },
    type: string,
    data: EventData,
    ordinal = 1,
  ): OutgoingEvent {
    const { project, stage, service, result } = evaluation
    const id = eventId(evaluation.id, type, ordinal)
    const whole = {
      specversion: '1.0',
      id,
      source,
      type,
      datacontenttype: 'application/json',
      contenttype: 'application/json',
      shkeptncontext: evaluation.context,
      shkeptnspecversion: keptnSpecVersion,
      triggeredid: triggeredId(evaluation),
      ...(evaluation.gitCommitId === null ? {} : { gitcommitid: evaluation.gitCommitId }),
      data: { ...commonData(evaluation), ...data },
    }
    const wanting = sinks.filter((sink) => isWanted(sink, { type, project, stage, service, result }))
    return { id, type, bodyWithoutTime: fitted(whole, maxBytes), sinks: wanting.map(({ name }) => name), result }
  }
  return {
    started: (evaluation, ordinal) =>
      event({ ...evaluation, result: null }, startedType, startedData(evaluation), ordinal),
    finished: (evaluation, explanation) =>
      event(evaluation, finishedType, finishedData(evaluation, explanation, publicUrl)),
    invalidated: (evaluation, { reason, by }, ordinal) =>
      event(evaluation, invalidatedType, { evaluation: { id: evaluation.id, reason, by } }, ordinal),
  }
}

/**
 * The id under which a fact is announced. `ordinal` tells events of one type and evaluation apart.
 * An evaluation's id is the name space, so that nobody else's events can share it.
 */
export function eventId(evaluationId: string, type: string, ordinal = 1): string {
  return v5(`${type}/${ordinal}`, evaluationId)
}

function triggeredId({ id, trigger }: Announced): string {
  return trigger.kind === 'event' ? trigger.id : id
}

function commonData({ project, stage, service, labels }: Announced): object {
  return { project, stage, service, labels }
}

/** Of every event: its fields, and of its evaluation. */
interface EventData {
  readonly message?: string
  readonly evaluation: object
  readonly [field: string]: unknown
}

function startedData({ id }: Announced): EventData {
  return { status: 'succeeded', evaluation: { id } }
}

/** Keptn's fields with Keptn's defaults (0 for no number, arrays never null), then ours. */
function finishedData(
  evaluation: Parameters<Announcer['finished']>[0],
  explanation: BriefExplanation | null,
  publicUrl: string | undefined,
): EventData {
  const { id, state, result, score, window, slo, objectives, comparedEvaluations, reasons, warnings } = evaluation
  const isWindowKnown = reasons.every(({ code }) => code !== 'window_invalid')
  return {
    status: state,
    result,
    message: reasons.map(({ message }) => message).join(' '),
    evaluation: {
      timeStart: isWindowKnown ? window.start.toISOString() : '',
      timeEnd: isWindowKnown ? window.end.toISOString() : '',
      result,
      score: score ?? 0,
      sloFileContent: slo === null ? '' : Buffer.from(slo.text).toString('base64'),
      indicatorResults: objectives.map(indicatorResult),
      comparedEvents: comparedEvaluations.map((compared) => eventId(compared, finishedType)),
      id,
      ...(publicUrl !== undefined && { url: `${publicUrl}/v1/evaluations/${id}` }),
      attempt: evaluation.attempt,
      inline: slo?.inline ?? false,
      reasons,
      warnings,
      explanation,
      omitted: [],
    },
  }
}

function indicatorResult(objective: JudgedObjective): object {
  const { indicator, status, points, displayName, isKey, value, comparedValue, outcome, message } = objective
  return {
    score: points,
    value: {
      metric: indicator,
      value: value ?? 0,
      comparedValue: comparedValue ?? 0,
      success: outcome === 'measured',
      ...(message === '' ? {} : { message }),
    },
    displayName,
    passTargets: objective.passTargets.map(keptnTarget),
    warningTargets: objective.warningTargets.map(keptnTarget),
    keySli: isKey,
    status,
    outcome,
  }
}

function keptnTarget({ criteria, targetValue, violated }: Target): object {
  return { criteria, targetValue: targetValue ?? 0, violated }
}
