import type { Reason, ReasonCode, Result } from './judgement.ts'

/** The reasons that make a policy cap the result. */
export const capCauses = {
  missingData: ['not_measured', 'low_coverage'],
  misspeltKeys: ['slo_invalid'],
  ungated: ['ungated'],
  noBaseline: ['no_baseline'],
  windowLength: ['window_length_differs'],
} as const satisfies Record<string, readonly ReasonCode[]>

export type CapPolicy = keyof typeof capCauses

/** `isChosen`: the project's policy caps the result, not the built-in rules. */
type CapSentence = (to: Result, caused: readonly Reason[], isChosen: boolean) => string

const capSentences: Readonly<Record<CapPolicy, CapSentence>> = {
  missingData: (to, caused) => {
    const missing = caused.filter(({ code }) => code === 'not_measured')
    const thin = caused.filter(({ code }) => code === 'low_coverage')
    return [
      `the policy missingData is ${to}`,
      ...(missing.length === 0 ? [] : [`not measured: ${namesOf(missing)}`]),
      ...(thin.length === 0 ? [] : [`too few samples: ${namesOf(thin)}`]),
    ].join('; ')
  },
  noBaseline: (to, caused) =>
    `the policy noBaseline is ${to}, and these indicators have no earlier value to compare with: ${namesOf(caused)}`,
  windowLength: (to, caused) =>
    `the policy windowLength is ${to}, and these indicators were compared with values from windows of a different length: ${namesOf(caused)}`,
  misspeltKeys: () => 'some keys are most likely misspelt and therefore have no effect',
  ungated: (to, caused, isChosen) => {
    if (!isChosen) return 'no objective has pass criteria, and none of the indicators was measured'
    const keys = namesOf(caused)
    const who = keys === '' ? 'no objective has pass criteria' : `key objectives have no pass criteria: ${keys}`
    return `the policy ungated is ${to}, and ${who}`
  },
}

/** The best result that a policy allows. */
export interface Cap {
  readonly policy: CapPolicy
  readonly allowed: Result | 'keptn'
  readonly isChosen: boolean
}

/** A policy made the result worse than the points did. */
export function cappedReason({ policy, isChosen }: Cap, from: Result, to: Result, caused: readonly Reason[]): Reason {
  const message = `The result is ${to} instead of ${from}: ${capSentences[policy](to, caused, isChosen)}.`
  return { code: 'capped', message, policy, from, to, indicators: indicatorsOf(caused) }
}

function namesOf(reasons: readonly Reason[]): string {
  return indicatorsOf(reasons).join(', ')
}

function indicatorsOf(reasons: readonly Reason[]): readonly string[] {
  return [...new Set(reasons.flatMap(({ indicator }) => indicator ?? []))]
}
