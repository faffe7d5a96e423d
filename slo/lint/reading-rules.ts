import type { Notes } from '../fields.ts'
import type { Found, Rule, Subject } from './rule.ts'

/** What reading a file notices by itself, with the fix that the note itself does not bring. */
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
      'A key that is almost a known one, or belongs in another place of the file, has no effect: `pas:` instead of `pass:` leaves the objective without pass criteria, so that any value passes. The file is refused, unless the policy `misspeltKeys` of its project says otherwise.',
    find: noted('misspelt_key', 'begin its name with x- if it is intended'),
    bad: { slo: `objectives:\n  - sli: a\n    pass: [{criteria: ["<5"]}]\n    warn: [{criteria: ["<9"]}]\n${passing}` },
    good: {
      slo: `objectives:\n  - sli: a\n    pass: [{criteria: ["<5"]}]\n    warning: [{criteria: ["<9"]}]\n${passing}`,
    },
  },
  {
    id: 'unknown_key',
    severity: 'warning',
    summary: 'An unknown key has no effect. Notes can be kept under keys that begin with `x-`.',
    find: noted('unknown_key', 'remove it, or begin its name with x-'),
    bad: { slo: `objectives:\n  - sli: a\n    pass: [{criteria: ["<5"]}]\n    owner: team-a\n${passing}` },
    good: { slo: `objectives:\n  - sli: a\n    pass: [{criteria: ["<5"]}]\n    x-owner: team-a\n${passing}` },
  },
  {
    id: 'weight_zero',
    severity: 'warning',
    summary: 'A weight of 0 counts as 1. An objective without a part in the score is one without `pass`.',
    find: noted('weight_zero', 'leave pass out to take the objective out of the score'),
    bad: { slo: `objectives: [{sli: a, weight: 0, pass: [{criteria: ["<5"]}]}]\n${passing}` },
    good: { slo: `objectives: [{sli: a}, {sli: b, pass: [{criteria: ["<5"]}]}]\n${passing}` },
  },
  {
    id: 'compare_with_missing',
    severity: 'warning',
    summary:
      'A `comparison` without `compare_with` compares with 3 results, whatever `number_of_comparison_results` says.',
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
    summary: 'Without objectives there is nothing to judge, which is a fail.',
    find: noted('no_objectives', 'add an objective with pass criteria'),
    bad: { slo: `objectives: []\n${passing}` },
    good: { slo: `objectives: [{sli: a, pass: [{criteria: ["<5"]}]}]\n${passing}` },
  },
  {
    id: 'sli_empty',
    severity: 'warning',
    summary: 'An objective that names no indicator can never be measured.',
    find: noted('sli_empty', 'name the indicator with sli'),
    bad: { slo: `objectives: [{displayName: Latency, pass: [{criteria: ["<5"]}]}]\n${passing}` },
    good: { slo: `objectives: [{sli: latency, displayName: Latency, pass: [{criteria: ["<5"]}]}]\n${passing}` },
  },
  {
    id: 'key_sli_without_effect',
    severity: 'warning',
    summary: 'An objective without pass criteria is informational and cannot fail, so it cannot be a key objective.',
    find: noted('key_sli_without_effect', 'give it pass criteria, or take key_sli out'),
    bad: { slo: `objectives: [{sli: a, key_sli: true}, {sli: b, pass: [{criteria: ["<5"]}]}]\n${passing}` },
    good: { slo: `objectives: [{sli: a, key_sli: true, pass: [{criteria: ["<5"]}]}]\n${passing}` },
  },
  {
    id: 'warning_above_pass',
    severity: 'warning',
    summary: 'When a warning needs a higher score than a pass, no score leads to a warning.',
    find: noted('warning_above_pass', 'let total_score.warning be the lower one'),
    bad: { slo: 'objectives: [{sli: a, pass: [{criteria: ["<5"]}]}]\ntotal_score: {pass: "75%", warning: "90%"}\n' },
    good: { slo: 'objectives: [{sli: a, pass: [{criteria: ["<5"]}]}]\ntotal_score: {pass: "90%", warning: "75%"}\n' },
  },
  {
    id: 'query_empty',
    severity: 'error',
    summary:
      'An indicator with an empty query cannot be measured (outcome `config`). The file is still used for its other indicators.',
    find: noted('query_empty', 'write a query, or remove the indicator'),
    bad: { slo: `objectives: [{sli: a, pass: [{criteria: ["<5"]}]}]\n${passing}`, sli: 'indicators:\n  a:\n' },
    good: { slo: `objectives: [{sli: a, pass: [{criteria: ["<5"]}]}]\n${passing}`, sli: 'indicators:\n  a: up\n' },
  },
  {
    id: 'no_indicators',
    severity: 'warning',
    summary: 'An `sli.yaml` without indicators answers nothing.',
    find: noted('no_indicators', 'give each indicator a query'),
    bad: {
      slo: `objectives: [{sli: "prometheus:a", pass: [{criteria: ["<5"]}]}]\n${passing}`,
      sli: 'indicators: {}\n',
    },
    good: { slo: `objectives: [{sli: a, pass: [{criteria: ["<5"]}]}]\n${passing}`, sli: 'indicators: {a: up}\n' },
  },
]
