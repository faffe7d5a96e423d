import type { Reason, ReasonCode, Result } from './judgement.ts'

/** Which reasons let a policy cap the result. */
export const capCauses = {
  missingData: ['not_measured', 'low_coverage'],
  misspeltKeys: ['slo_invalid'],
  ungated: ['ungated'],
  noBaseline: ['no_baseline'],
  windowLength: ['window_length_differs'],
} as const satisfies Record<string, readonly ReasonCode[]>

export type CapPolicy = keyof typeof capCauses

const capSentences: Readonly<Record<CapPolicy, (to: Result, caused: readonly Reason[]) => string>> = {
  missingData: (to, caused) => {
    const missing = caused.filter(({ code }) => code === 'not_measured')
    const thin = caused.filter(({ code }) => code === 'low_coverage')
    return [
      `the policy missingData is ${to}`,
      ...(missing.length === 0 ? [] : [`not measured: ${namesOf(missing)}`]),
      ...(thin.length === 0 ? [] : [`measured from too few samples: ${namesOf(thin)}`]),
    ].join(', and ')
  },
  noBaseline: (to, caused) =>
    `the policy noBaseline is ${to}, and there is no earlier value to compare with: ${namesOf(caused)}`,
  windowLength: (to, caused) =>
    `the policy windowLength is ${to}, and some values were compared with values from windows of another length: ${namesOf(caused)}`,
  misspeltKeys: () => 'some keys are most likely misspelt and therefore have no effect',
  ungated: (to) => `no objective has pass criteria, and an ungated evaluation is at best ${to}`,
}

/** A policy made the result worse than the points did. */
export function cappedReason(policy: CapPolicy, from: Result, to: Result, caused: readonly Reason[]): Reason {
  const message = `The result is ${to} instead of ${from}: ${capSentences[policy](to, caused)}.`
  return { code: 'capped', message, policy, from, to, indicators: indicatorsOf(caused) }
}

function namesOf(reasons: readonly Reason[]): string {
  return indicatorsOf(reasons).join(', ')
}

function indicatorsOf(reasons: readonly Reason[]): readonly string[] {
  return [...new Set(reasons.flatMap(({ indicator }) => indicator ?? []))]
}
