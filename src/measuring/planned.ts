import type { IndicatorOptions } from '../../providers/index.ts'
import type { Basis } from '../../slo/index.ts'

/** Where one objective's value comes from, settled before anything is asked. */
export type PlannedIndicator =
  | { readonly kind: 'pushed'; readonly indicator: string; readonly value: number }
  | PlannedQuery
  | PlannedFormula
  | {
      /** Nothing can be asked: no definition, a placeholder without a value. `message` says why. */
      readonly kind: 'unanswered'
      readonly indicator: string
      readonly provider: string
      readonly name: string
      readonly definition: string | null
      readonly message: string
    }

export interface PlannedQuery {
  readonly kind: 'asked'
  readonly indicator: string
  /** The provider instance's name. */
  readonly provider: string
  readonly name: string
  readonly definition: string
  /** `definition` with its placeholders resolved. */
  readonly query: string
  /** Its entry in options.yaml. */
  readonly options?: IndicatorOptions
  /** Absent in what an earlier release planned. */
  readonly basis?: Basis
}

export interface PlannedFormula {
  readonly kind: 'computed'
  readonly indicator: string
  readonly provider: string
  readonly name: string
  /** As its author wrote it. */
  readonly formula: string
  /** The formula and what its inputs are asked with, so that a change of either is noticed. */
  readonly definition: string
  /** `indicator` of each is its name in the formula. */
  readonly inputs: readonly PlannedIndicator[]
  /** Absent if all inputs are pushed. */
  readonly basis?: Basis
}

/** Which indicator of which provider a plan is about. */
export function identityOf(planned: PlannedIndicator): { readonly provider: string; readonly name: string } {
  if (planned.kind === 'pushed') return { provider: pushedProvider, name: planned.indicator }
  return { provider: planned.provider, name: planned.name }
}

/** Everything that must be asked of a provider, also for formulas. */
export function queriesOf(plan: readonly PlannedIndicator[]): readonly PlannedQuery[] {
  return plan.flatMap((planned) => {
    if (planned.kind === 'computed') return queriesOf(planned.inputs)
    return planned.kind === 'asked' ? [planned] : []
  })
}

/** Whether anything must be asked: an evaluation that asks no provider need not wait. */
export function asksProviders(plan: readonly PlannedIndicator[]): boolean {
  return queriesOf(plan).length > 0
}

/** Named as the provider of values that came with the request. */
export const pushedProvider = 'pushed'
