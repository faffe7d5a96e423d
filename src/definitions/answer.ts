import type { IndicatorOptions } from './option-files.ts'

/** The name in the place of a provider's. */
export const computedProvider = 'computed'

/** Who answers an objective's `sli`, and with which definition. `indicator` is the `sli` as written. */
export type Answer =
  | {
      readonly kind: 'pushed'
      readonly indicator: string
      /** The provider that would measure it; the project allows the pushed value. */
      readonly insteadOf?: string
    }
  | {
      readonly kind: 'asked'
      readonly indicator: string
      /** The configured instance. */
      readonly provider: string
      /** The indicator's name at the provider: `indicator` without a provider's prefix. */
      readonly name: string
      /** The query as sli.yaml writes it. */
      readonly definition: string
      /** Its entry in options.yaml. */
      readonly options?: IndicatorOptions
    }
  | {
      /** Made of others. `definition` is the formula as computed/sli.yaml writes it, `indicator` of each input its name there. */
      readonly kind: 'computed'
      readonly indicator: string
      readonly provider: typeof computedProvider
      readonly name: string
      readonly definition: string
      readonly inputs: readonly Answer[]
    }
  | {
      readonly kind: 'unanswered'
      readonly indicator: string
      readonly provider: string
      readonly name: string
      /** Empty where a file gives an empty query, null where none gives any. */
      readonly definition: '' | null
      /** A sentence: where a definition was looked for, or which query is empty. */
      readonly message: string
    }

/** Answers, and those to the inputs of formulas among them. */
export function answered(answers: readonly Answer[]): readonly Answer[] {
  return answers.flatMap((answer) => [answer, ...(answer.kind === 'computed' ? answered(answer.inputs) : [])])
}
