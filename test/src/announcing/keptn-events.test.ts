import { expect, test } from 'vitest'
import {
  createAnnouncer,
  eventId,
  finishedType,
  startedType,
  type SinkFilter,
} from '../../../src/announcing/keptn-events.ts'
import { invalidatedType } from '../../../src/base/event-filter.ts'
import { endedEvaluation, eventSettings, openEvaluation } from '../../support/evaluation.ts'

const ci = { name: 'ci' }

test('a fact has one id and the same bytes each time it is told', () => {
  const announcer = createAnnouncer(eventSettings, [ci])
  const [first, second] = [announcer.finished(endedEvaluation(), null), announcer.finished(endedEvaluation(), null)]
  expect(second).toEqual(first)
  expect(first.id).toBe(eventId(endedEvaluation().id, finishedType))
})

test('started and finished, and two evaluations, have different ids', () => {
  const other = '01993b6e-7a4c-7c1e-8d7e-4a1f0b2c3d4f'
  const ids = [endedEvaluation().id, other].flatMap((id) => [eventId(id, startedType), eventId(id, finishedType)])
  expect(new Set(ids).size).toBe(4)
})

test('the envelope is a CloudEvent with the attributes of Keptn', () => {
  const commit = 'a'.repeat(40)
  const { bodyWithoutTime: body } = createAnnouncer(eventSettings, [ci]).finished(
    endedEvaluation({ gitCommitId: commit }),
    null,
  )
  expect(JSON.parse(body)).toMatchObject({
    specversion: '1.0',
    id: eventId(endedEvaluation().id, finishedType),
    source: 'pharos',
    type: 'sh.keptn.event.evaluation.finished',
    datacontenttype: 'application/json',
    contenttype: 'application/json',
    shkeptncontext: endedEvaluation().context,
    triggeredid: endedEvaluation().id,
    gitcommitid: commit,
  })
})

test('an evaluation set off by an event answers that event', () => {
  const trigger = { kind: 'event', id: 'trigger-1', source: 'shipyard', type: 't' } as const
  const { bodyWithoutTime: body } = createAnnouncer(eventSettings, [ci]).started(openEvaluation({ trigger }))
  expect(JSON.parse(body)).toMatchObject({ triggeredid: 'trigger-1', data: { status: 'succeeded' } })
})

test('where Keptn has numbers and lists there are numbers and lists, also without any', () => {
  const errored = endedEvaluation({ state: 'errored', result: 'fail', score: null, slo: null })
  const { data } = JSON.parse(createAnnouncer(eventSettings, [ci]).finished(errored, null).bodyWithoutTime)
  expect(data).toEqual({
    project: 'shop',
    stage: 'staging',
    service: 'carts',
    labels: { version: '0.1' },
    status: 'errored',
    result: 'fail',
    message: '',
    evaluation: {
      timeStart: '2026-01-02T03:00:00.000Z',
      timeEnd: '2026-01-02T03:05:00.000Z',
      result: 'fail',
      score: 0,
      sloFileContent: '',
      indicatorResults: [],
      comparedEvents: [],
      id: errored.id,
      attempt: 1,
      inline: false,
      reasons: [],
      warnings: [],
      explanation: null,
      omitted: [],
    },
  })
})

test('an evaluation by the SLO of its request says so', () => {
  const { slo } = endedEvaluation()
  if (slo === null) throw new Error('the evaluation has no SLO')
  const evaluation = endedEvaluation({ slo: { ...slo, source: 'inline', inline: true } })
  const { data } = JSON.parse(createAnnouncer(eventSettings, [ci]).finished(evaluation, null).bodyWithoutTime)
  expect(data.evaluation.inline).toBe(true)
})

test('an invalidation says which evaluation, why and who; the second is an event of its own', () => {
  const announcer = createAnnouncer(eventSettings, [ci])
  const trigger = { kind: 'event', id: 'trigger-1', source: 'shipyard', type: 't' } as const
  const evaluation = endedEvaluation({ trigger })
  const [first, second] = [1, 2].map((ordinal) =>
    announcer.invalidated(evaluation, { reason: 'a bad build of the test', by: 'bridge' }, ordinal),
  )
  expect(JSON.parse(first?.bodyWithoutTime ?? '')).toEqual({
    specversion: '1.0',
    id: eventId(evaluation.id, invalidatedType),
    source: 'pharos',
    type: 'sh.keptn.event.evaluation.invalidated',
    datacontenttype: 'application/json',
    contenttype: 'application/json',
    shkeptncontext: evaluation.context,
    shkeptnspecversion: '0.2.4',
    triggeredid: 'trigger-1',
    data: {
      project: 'shop',
      stage: 'staging',
      service: 'carts',
      labels: { version: '0.1' },
      evaluation: { id: evaluation.id, reason: 'a bad build of the test', by: 'bridge' },
    },
  })
  expect(second?.id).toBe(eventId(evaluation.id, invalidatedType, 2))
})

test('an explanation is part of what is ours', () => {
  const explanation = {
    sentence: 'Passed with a score of 100.',
    smallestChange: { kind: 'none', code: 'passed' },
    smallestSet: { kind: 'none', code: 'passed' },
  } as const
  const { bodyWithoutTime } = createAnnouncer(eventSettings, [ci]).finished(endedEvaluation(), explanation)
  expect(JSON.parse(bodyWithoutTime).data.evaluation.explanation).toEqual(explanation)
})

test('an indicator without a value or a baseline has 0 where Keptn has 0', () => {
  const objective = {
    indicator: 'error_rate',
    displayName: '',
    provider: 'prometheus',
    name: 'error_rate',
    definition: 'q',
    query: 'q',
    status: 'fail',
    points: 0,
    weight: 1,
    isKey: true,
    value: null,
    comparedValue: null,
    comparedWith: [],
    outcome: 'no_data',
    message: 'query did not return any values',
    passTargets: [{ criteria: '<=+10%', targetValue: null, violated: true }],
    warningTargets: [],
  } as const
  const evaluation = endedEvaluation({ objectives: [objective], comparedEvaluations: [endedEvaluation().id] })
  const { data } = JSON.parse(createAnnouncer(eventSettings, [ci]).finished(evaluation, null).bodyWithoutTime)
  expect(data.evaluation.indicatorResults).toEqual([
    {
      score: 0,
      value: {
        metric: 'error_rate',
        value: 0,
        comparedValue: 0,
        success: false,
        message: 'query did not return any values',
      },
      displayName: '',
      passTargets: [{ criteria: '<=+10%', targetValue: 0, violated: true }],
      warningTargets: [],
      keySli: true,
      status: 'fail',
      outcome: 'no_data',
    },
  ])
  expect(data.evaluation.comparedEvents).toEqual([eventId(endedEvaluation().id, finishedType)])
})

test('a sink gets what its filter holds; without one, everything', () => {
  const sinks: readonly SinkFilter[] = [
    { name: 'all' },
    { name: 'finished', types: ['evaluation.finished'] },
    { name: 'passed', results: ['pass'] },
    { name: 'failed', results: ['fail'] },
    { name: 'elsewhere', projects: ['else'] },
  ]
  const announcer = createAnnouncer(eventSettings, sinks)
  expect(announcer.finished(endedEvaluation(), null)).toMatchObject({
    sinks: ['all', 'finished', 'passed'],
    result: 'pass',
  })
  expect(announcer.started(openEvaluation())).toMatchObject({ sinks: ['all'], result: null })
})
