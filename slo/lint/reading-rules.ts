import type { Notes } from '../fields.ts'
import type { Found, Rule, Subject } from './rule.ts'

/** Reports what was noticed while reading the files; `fix` is used if a note does not have its own. */
function noted(code: string, fix: string): Rule['find'] {
  return ({ slo, slis }: Subject): readonly Found[] => [
    ...foundIn(slo.notes, code, fix),
    ...slis.flatMap((sli) => foundIn(sli.reading.notes, code, fix).map((found) => ({ ...found, sli }))),
  ]
}

function foundIn({ findings, misspelt }: Notes, code: string, fix: string): readonly Found[] {
  return [...findings, ...misspelt]
    .filter((note) => note.code === code)
    .map(({ at, message, fix: own }) => ({ at, message, fix: own ?? fix }))
}

const passing = 'total_score: {pass: "90%"}\n'

export const readingRules: readonly Rule[] = [
  {
    id: 'misspelt_key',
    severity: 'error',
    summary:
      'A key that is almost a known one, or that belongs elsewhere in the file, has no effect: `pas:` instead of `pass:` leaves the objective without pass criteria, so any value passes. The file is refused unless the policy `misspeltKeys` of its project says otherwise.',
    find: noted('misspelt_key', 'start its name with x- if it is intended'),
    bad: { slo: `objectives:\n  - sli: a\n    pass: [{criteria: ["<5"]}]\n    warn: [{criteria: ["<9"]}]\n${passing}` },
    good: {
      slo: `objectives:\n  - sli: a\n    pass: [{criteria: ["<5"]}]\n    warning: [{criteria: ["<9"]}]\n${passing}`,
    },
  },
  {
    id: 'unknown_key',
    severity: 'warning',
    summary: 'An unknown key has no effect. To add notes to a file, use keys that start with `x-`.',
    find: noted('unknown_key', 'remove it, or start its name with x-'),
    bad: { slo: `objectives:\n  - sli: a\n    pass: [{criteria: ["<5"]}]\n    owner: team-a\n${passing}` },
    good: { slo: `objectives:\n  - sli: a\n    pass: [{criteria: ["<5"]}]\n    x-owner: team-a\n${passing}` },
  },
  {
    id: 'weight_zero',
    severity: 'warning',
    summary: 'A weight of 0 counts as 1. To exclude an objective from the score, omit `pass`.',
    find: noted('weight_zero', 'omit pass to exclude the objective from the score'),
    bad: { slo: `objectives: [{sli: a, weight: 0, pass: [{criteria: ["<5"]}]}]\n${passing}` },
    good: { slo: `objectives: [{sli: a}, {sli: b, pass: [{criteria: ["<5"]}]}]\n${passing}` },
  },
  {
    id: 'compare_with_missing',
    severity: 'warning',
    summary:
      'A `comparison` without `compare_with` compares with 3 results, regardless of `number_of_comparison_results`.',
    find: noted('compare_with_missing', 'write compare_with: single_result or several_results'),
    bad: {
      slo: `comparison: {include_result_with_score: pass}\nobjectives: [{sli: a, pass: [{criteria: ["<5"]}]}]\n${passing}`,
    },
    good: {
      slo: `comparison: {compare_with: single_result}\nobjectives: [{sli: a, pass: [{criteria: ["<5"]}]}]\n${passing}`,
    },
  },
  {
    id: 'no_objectives',
    severity: 'warning',
    summary: 'Without objectives, there is nothing to judge, which counts as a fail.',
    find: noted('no_objectives', 'add an objective with pass criteria'),
    bad: { slo: `objectives: []\n${passing}` },
    good: { slo: `objectives: [{sli: a, pass: [{criteria: ["<5"]}]}]\n${passing}` },
  },
  {
    id: 'sli_empty',
    severity: 'warning',
    summary: 'An objective without an indicator cannot be measured.',
    find: noted('sli_empty', 'add the name of the indicator as sli'),
    bad: { slo: `objectives: [{displayName: Latency, pass: [{criteria: ["<5"]}]}]\n${passing}` },
    good: { slo: `objectives: [{sli: latency, displayName: Latency, pass: [{criteria: ["<5"]}]}]\n${passing}` },
  },
  {
    id: 'key_sli_without_effect',
    severity: 'warning',
    summary: 'An objective without pass criteria is informational and cannot fail, so it cannot be a key objective.',
    find: noted('key_sli_without_effect', 'add pass criteria, or remove key_sli'),
    bad: { slo: `objectives: [{sli: a, key_sli: true}, {sli: b, pass: [{criteria: ["<5"]}]}]\n${passing}` },
    good: { slo: `objectives: [{sli: a, key_sli: true, pass: [{criteria: ["<5"]}]}]\n${passing}` },
  },
  {
    id: 'warning_above_pass',
    severity: 'warning',
    summary: 'If a warning needs a higher score than a pass, it never occurs.',
    find: noted('warning_above_pass', 'make total_score.warning lower than total_score.pass'),
    bad: { slo: 'objectives: [{sli: a, pass: [{criteria: ["<5"]}]}]\ntotal_score: {pass: "75%", warning: "90%"}\n' },
    good: { slo: 'objectives: [{sli: a, pass: [{criteria: ["<5"]}]}]\ntotal_score: {pass: "90%", warning: "75%"}\n' },
  },
  {
    id: 'query_empty',
    severity: 'error',
    summary:
      'An indicator with an empty query cannot be measured (outcome `config`). The other indicators of the file are still used.',
    find: noted('query_empty', 'write a query, or remove the indicator'),
    bad: { slo: `objectives: [{sli: a, pass: [{criteria: ["<5"]}]}]\n${passing}`, sli: 'indicators:\n  a:\n' },
    good: { slo: `objectives: [{sli: a, pass: [{criteria: ["<5"]}]}]\n${passing}`, sli: 'indicators:\n  a: up\n' },
  },
  {
    id: 'no_indicators',
    severity: 'warning',
    summary: 'An `sli.yaml` without indicators has no effect.',
    find: noted('no_indicators', 'add a query for each indicator'),
    bad: {
      slo: `objectives: [{sli: "prometheus:a", pass: [{criteria: ["<5"]}]}]\n${passing}`,
      sli: 'indicators: {}\n',
    },
    good: { slo: `objectives: [{sli: a, pass: [{criteria: ["<5"]}]}]\n${passing}`, sli: 'indicators: {a: up}\n' },
  },
]
