import { placeholderValues, resolvePlaceholders, type EscapeValue, type TriggerValues } from '../../slo/index.ts'
import type { Answer, Definition } from '../definitions/load.ts'
import type { PlannedIndicator } from './planned.ts'
import type { ServiceKey } from '../base/names.ts'
import type { Window } from '../base/window.ts'

/** How values are escaped in the queries of a provider instance. */
export type EscapeFor = (instance: string) => EscapeValue

/** A value that came with the request. */
export interface PushedValue {
  readonly metric: string
  readonly value: number
}

export interface PlanRequest {
  readonly service: ServiceKey
  readonly labels: Readonly<Record<string, string>>
  /** The variables of the environment that queries may see. */
  readonly environment: Readonly<Record<string, string>>
  readonly pushed: readonly PushedValue[]
  readonly reported: readonly PushedValue[]
  /** The type and the source of the event that triggered the evaluation; absent if none did. */
  readonly trigger?: { readonly kind: string; readonly type?: string; readonly source?: string }
  readonly context?: string | undefined
  readonly testStrategy?: string | undefined
}

/** What to do for each objective's indicator, once per indicator, in the order of the objectives; queries ready to be sent. */
export function planIndicators(
  definition: Pick<Definition, 'answers' | 'slo'>,
  request: PlanRequest,
  window: Window,
  escapeFor: EscapeFor,
): readonly PlannedIndicator[] {
  const values = placeholderValues({
    ...request.service,
    labels: request.labels,
    filter: definition.slo?.filter ?? [],
    environment: request.environment,
    trigger: triggerValues(request),
    window,
  })
  const pushed = new Map([...request.pushed, ...request.reported].map(({ metric, value }) => [metric, value]))
  const answers = new Map(definition.answers.map((answer) => [answer.indicator, answer]))
  return [...answers.values()].map((answer) => planOne(answer, pushed, values, escapeFor))
}

function triggerValues({ trigger, context, testStrategy }: PlanRequest): TriggerValues {
  const { type = '', source = '' } = trigger?.kind === 'event' ? trigger : {}
  return { context: context ?? '', event: type, source, testStrategy: testStrategy ?? '' }
}

function planOne(
  answer: Answer,
  pushed: ReadonlyMap<string, number>,
  values: ReadonlyMap<string, string>,
  escapeFor: EscapeFor,
): PlannedIndicator {
  if (answer.kind === 'pushed') return pushedIndicator(answer.indicator, pushed)
  if (answer.kind === 'unanswered') return answer
  if (answer.kind === 'computed') {
    const inputs = answer.inputs.map((input) => planOne(input, pushed, values, escapeFor))
    return computedIndicator(answer, inputs)
  }
  const { indicator, provider, name, definition, options } = answer
  const resolved = resolvePlaceholders(definition, values, escapeFor(provider))
  if (resolved.kind === 'resolved') {
    const asked = { kind: 'asked', indicator, provider, name, definition, query: resolved.query } as const
    return options === undefined ? asked : { ...asked, options }
  }
  return { kind: 'unanswered', indicator, provider, name, definition, message: resolved.problems.join('; ') }
}

function computedIndicator(
  { indicator, provider, name, definition: formula }: Extract<Answer, { kind: 'computed' }>,
  inputs: readonly PlannedIndicator[],
): PlannedIndicator {
  const made = inputs.map((input) => `  ${input.indicator}: ${whatIsAsked(input).replaceAll('\n', '\n  ')}`)
  return { kind: 'computed', indicator, provider, name, formula, definition: [formula, ...made].join('\n'), inputs }
}

function whatIsAsked(planned: PlannedIndicator): string {
  if (planned.kind === 'pushed') return 'pushed'
  return planned.kind === 'computed' ? planned.definition : `${planned.provider}: ${planned.definition ?? 'nothing'}`
}

function pushedIndicator(indicator: string, pushed: ReadonlyMap<string, number>): PlannedIndicator {
  const value = pushed.get(indicator)
  if (value === undefined) throw new Error(`the value of ${indicator} is answered by the request, but is not in it`)
  return { kind: 'pushed', indicator, value }
}
