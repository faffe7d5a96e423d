import {
  defaultPolicies,
  explain,
  type Basis,
  type Candidate,
  type Explanation,
  type Measurement,
  type Policies,
} from '../../../slo/index.ts'
import { candidate, earlier, measured, missing, sloOf } from '../build.ts'

interface Written {
  readonly objectives: readonly string[]
  readonly measurements: readonly Measurement[]
  readonly candidates?: readonly Candidate[]
  readonly policies?: Partial<Policies>
  readonly total?: string
  readonly comparison?: string
  readonly skipped?: readonly string[]
}

const latency =
  '{sli: p95, displayName: Latency, weight: 2, pass: [{criteria: ["<600"]}], warning: [{criteria: ["<=800"]}]}'
const errors = '{sli: error_rate, pass: [{criteria: ["<=1"]}], warning: [{criteria: ["<=2"]}]}'
const keyErrors = '{sli: error_rate, key_sli: true, pass: [{criteria: ["<=1"]}]}'
const relative = '{sli: p95, displayName: Latency, pass: [{criteria: ["<=+10%"]}], warning: [{criteria: ["<=+50%"]}]}'
const several = '{compare_with: several_results, number_of_comparison_results: 3, aggregate_function: avg}'

function builds(...values: readonly number[]): readonly Candidate[] {
  return values.map((value, place) => candidate(`build-${values.length - place}`, [earlier('p95', value)]))
}

function basisOf(minutes: number): Basis {
  return { digest: 'sha256:1', parts: {}, windowMs: minutes * 60_000 }
}

/** Named by what a reader of the explanation must learn. */
const written: Readonly<Record<string, Written>> = {
  'everything passes': {
    objectives: [latency, errors],
    measurements: [measured('p95', 300), measured('error_rate', 0)],
  },
  'a pass although an objective failed': {
    objectives: [latency, errors],
    measurements: [measured('p95', 300), measured('error_rate', 3)],
    total: '{pass: "60%"}',
  },
  'a misspelt key': {
    objectives: ['{sli: p95, key_sli: true, pas: [{criteria: ["<600"]}]}', errors],
    measurements: [measured('p95', 900), measured('error_rate', 0)],
    policies: { misspeltKeys: 'fail' },
  },
  'a first build has nothing to compare with': { objectives: [relative], measurements: [measured('p95', 300)] },
  'one objective failed': {
    objectives: [latency, errors],
    measurements: [measured('p95', 650), measured('error_rate', 3)],
  },
  'one warning is enough to miss the pass': {
    objectives: [latency, errors],
    measurements: [measured('p95', 650), measured('error_rate', 0)],
    total: '{pass: "90%", warning: "60%"}',
  },
  'two failures, one would do': {
    objectives: [latency, errors],
    measurements: [measured('p95', 900), measured('error_rate', 2.1)],
    total: '{pass: "66%"}',
  },
  'two failures, both are needed': {
    objectives: [latency, errors],
    measurements: [measured('p95', 900), measured('error_rate', 2.5)],
  },
  'a key objective failed, the score is fine': {
    objectives: ['{sli: p95, weight: 19, pass: [{criteria: ["<600"]}]}', keyErrors],
    measurements: [measured('p95', 300), measured('error_rate', 1.5)],
  },
  'a key objective failed and the score is too low': {
    objectives: [latency, keyErrors],
    measurements: [measured('p95', 900), measured('error_rate', 1.5)],
  },
  'two key objectives failed': {
    objectives: [keyErrors, '{sli: p95, key_sli: true, pass: [{criteria: ["<600", ">0"]}]}'],
    measurements: [measured('p95', 900), measured('error_rate', 7)],
  },
  'there is no score for a warning': {
    objectives: [latency],
    measurements: [measured('p95', 601)],
    total: '{pass: "90%"}',
  },
  'the warning is above the pass': {
    objectives: [latency],
    measurements: [measured('p95', 900)],
    total: '{pass: "50%", warning: "80%"}',
  },
  'a score that would print like its threshold': {
    objectives: [
      '{sli: a, weight: 57, pass: [{criteria: ["<1"]}]}',
      '{sli: b, weight: 43, pass: [{criteria: ["<1"]}]}',
    ],
    measurements: [measured('a', 0), measured('b', 1)],
    total: '{pass: "57%"}',
  },
  'a value that would print like its target': {
    objectives: ['{sli: a, pass: [{criteria: ["<=0.3"]}]}'],
    measurements: [measured('a', 0.1 + 0.2)],
  },
  'a value of exactly the limit': { objectives: [latency], measurements: [measured('p95', 600)] },
  'a value of 0 that shall be more': {
    objectives: ['{sli: throughput, pass: [{criteria: [">0"]}]}'],
    measurements: [measured('throughput', 0)],
  },
  'a value between two limits': {
    objectives: ['{sli: a, pass: [{criteria: [">=10", "<=20"]}, {criteria: ["=0"]}]}'],
    measurements: [measured('a', 4)],
  },
  'no value meets the criteria': {
    objectives: ['{sli: a, pass: [{criteria: ["<5", ">7"]}]}'],
    measurements: [measured('a', 6)],
  },
  'slower than before': {
    objectives: [relative],
    measurements: [measured('p95', 243.21)],
    candidates: builds(210, 190, 200),
    comparison: several,
  },
  'without one earlier build it would have passed': {
    objectives: [relative],
    measurements: [measured('p95', 215)],
    candidates: builds(120, 200, 205),
    comparison: several,
    skipped: ['The earlier evaluation build-0 does not count as a baseline: it was invalidated.'],
  },
  'an earlier value of 0': { objectives: [relative], measurements: [measured('p95', 3)], candidates: builds(0) },
  'a target that is no number': {
    objectives: ['{sli: p95, pass: [{criteria: ["<=+900%"]}]}'],
    measurements: [measured('p95', 1)],
    candidates: builds(1.7e308),
  },
  'a value is missing and caps the result': {
    objectives: ['{sli: p95, weight: 19, pass: [{criteria: ["<600"]}]}', errors],
    measurements: [measured('p95', 300), missing('error_rate')],
  },
  'a value is missing and was needed': {
    objectives: [latency, errors],
    measurements: [missing('p95', 'ambiguous'), measured('error_rate', 0)],
  },
  'a provider could not be asked, and it matters': {
    objectives: [latency, errors],
    measurements: [missing('p95', 'timeout'), measured('error_rate', 0)],
  },
  'two providers could not be asked': {
    objectives: [latency, errors, keyErrors.replace('error_rate', 'saturation')],
    measurements: [missing('p95', 'timeout'), missing('error_rate', 'unauthorized'), measured('saturation', 0)],
  },
  'a provider could not be asked, and nothing is lost': {
    objectives: ['{sli: p95, weight: 19, pass: [{criteria: ["<600"]}]}', errors],
    measurements: [measured('p95', 300), missing('error_rate', 'timeout')],
  },
  'a policy wants something to compare with': {
    objectives: [relative, errors],
    measurements: [measured('p95', 300), measured('error_rate', 0)],
    policies: { noBaseline: 'warning' },
  },
  'capped for too few samples': {
    objectives: [relative, errors],
    measurements: [
      measured('p95', 300, { coverage: { found: 1, nan: 0, expected: 241, isEnough: false } }),
      missing('error_rate'),
    ],
    candidates: builds(290),
    total: '{pass: "50%"}',
  },
  'capped for a window of another length': {
    objectives: [relative, errors],
    measurements: [measured('p95', 300, { basis: basisOf(60) }), measured('error_rate', 0, { basis: basisOf(60) })],
    candidates: [candidate('build-1', [earlier('p95', 290, { basis: basisOf(10) })])],
    policies: { windowLength: 'warning' },
  },
  'two policies cap the result': {
    objectives: [
      relative,
      errors.replace('sli: error_rate', 'sli: error_rate, weight: 1'),
      '{sli: c, weight: 30, pass: [{criteria: ["<1"]}]}',
    ],
    measurements: [measured('p95', 300), measured('c', 0)],
    policies: { noBaseline: 'fail' },
  },
  'two policies say the same': {
    objectives: [relative, errors, '{sli: c, weight: 30, pass: [{criteria: ["<1"]}]}'],
    measurements: [measured('p95', 300), measured('c', 0)],
    policies: { noBaseline: 'warning' },
  },
  'a baseline is missing that no cap needs': {
    objectives: [relative, '{sli: c, weight: 30, pass: [{criteria: ["<1"]}]}'],
    measurements: [measured('c', 0)],
    policies: { noBaseline: 'warning' },
  },
  'only informational objectives': {
    objectives: ['{sli: a}', '{sli: b}'],
    measurements: [measured('a', 1), missing('b')],
  },
  'only informational objectives, none measured': {
    objectives: ['{sli: a}', '{sli: b}'],
    measurements: [missing('a', 'timeout'), missing('b')],
  },
  'no objectives': { objectives: [], measurements: [] },
  'one indicator in two objectives': {
    objectives: ['{sli: a, pass: [{criteria: ["<5"]}]}', '{sli: a, displayName: At least, pass: [{criteria: [">2"]}]}'],
    measurements: [measured('a', 5)],
  },
  'a value too low for both': {
    objectives: ['{sli: throughput, pass: [{criteria: [">=100"]}], warning: [{criteria: [">=50"]}]}'],
    measurements: [measured('throughput', 40)],
  },
  'a warning that needs as much as the pass': {
    objectives: ['{sli: p95, displayName: p95, pass: [{criteria: ["<600"]}], warning: [{criteria: ["<600"]}]}'],
    measurements: [measured('p95', 900)],
  },
  'more alternatives than a sentence can hold': {
    objectives: [
      '{sli: a, pass: [{criteria: ["< 1"]}, {criteria: ["< 2"]}, {criteria: ["< 3"]}, {criteria: ["= 5"]}]}',
    ],
    measurements: [measured('a', 9)],
  },
  'three criteria of one set': {
    objectives: ['{sli: a, pass: [{criteria: ["<1", "<2", "<3"]}]}'],
    measurements: [measured('a', 9)],
  },
  'a key objective passed, and another one failed': {
    objectives: [keyErrors, '{sli: p95, weight: 3, pass: [{criteria: ["<600"]}]}'],
    measurements: [measured('error_rate', 0), measured('p95', 900)],
  },
  'an informational objective beside one that failed': {
    objectives: ['{sli: shown, weight: 9}', keyErrors, '{sli: b, weight: 2, pass: [{criteria: ["<1"]}]}'],
    measurements: [missing('shown'), measured('error_rate', 9), measured('b', 0)],
  },
  'what is only shown is missing too': {
    objectives: ['{sli: shown}', '{sli: p95, weight: 19, pass: [{criteria: ["<600"]}]}', errors],
    measurements: [missing('shown'), measured('p95', 300), missing('error_rate')],
  },
  'a first build passes although an objective failed': {
    objectives: [relative, errors],
    measurements: [measured('p95', 300), measured('error_rate', 9)],
    total: '{pass: "50%"}',
  },
  'undecided, and there was nothing to compare with': {
    objectives: [relative, keyErrors],
    measurements: [measured('p95', 300), missing('error_rate', 'timeout')],
  },
  'without an earlier build it would be undecided': {
    objectives: [relative, errors],
    measurements: [measured('p95', 300), missing('error_rate', 'timeout')],
    candidates: builds(100),
  },
  'without an earlier build only the score is another': {
    objectives: ['a', 'b', 'c'].map((sli) => `{sli: ${sli}, pass: [{criteria: ["<=+10%"]}]}`).concat(keyErrors),
    measurements: [...['a', 'b', 'c'].map((sli) => measured(sli, 105)), measured('error_rate', 9)],
    candidates: [
      candidate(
        'build-2',
        ['a', 'b', 'c'].map((name) => earlier(name, 90)),
      ),
      candidate(
        'build-1',
        ['a', 'b', 'c'].map((name) => earlier(name, 100)),
      ),
    ],
    comparison: '{compare_with: several_results, number_of_comparison_results: 2, aggregate_function: avg}',
  },
  'a value must be met exactly': {
    objectives: ['{sli: replicas, pass: [{criteria: ["=3"]}], warning: [{criteria: [">=2", "<=4"]}]}'],
    measurements: [measured('replicas', 7)],
  },
  'both of two indicators are needed, and a third one is of no use': {
    objectives: ['a', 'b', 'c'].map(
      (sli, place) => `{sli: ${sli}, weight: ${[4, 4, 1][place]}, pass: [{criteria: ["<1"]}]}`,
    ),
    measurements: ['a', 'b', 'c'].map((sli) => measured(sli, 2)),
    total: '{pass: "85%"}',
  },
  'many objectives lost points': {
    objectives: ['a', 'b', 'c', 'd', 'e'].map(
      (sli, place) => `{sli: ${sli}, weight: ${place + 1}, pass: [{criteria: ["<1"]}]}`,
    ),
    measurements: ['a', 'b', 'c', 'd', 'e'].map((sli, place) => measured(sli, place + 1)),
  },
  'many must change, and are compared with the same build': {
    objectives: ['a', 'b', 'c', 'd'].map((sli) => `{sli: ${sli}, pass: [{criteria: ["<=+10%"]}]}`),
    measurements: ['a', 'b', 'c', 'd'].map((sli) => measured(sli, 200)),
    candidates: [
      candidate(
        'build-1',
        ['a', 'b', 'c', 'd'].map((name) => earlier(name, 100)),
      ),
    ],
    total: '{pass: "100%"}',
  },
}

/** Cases for a person to read, with what is explained of each. */
export function explainedCases(): ReadonlyMap<string, Explanation> {
  return new Map(Object.entries(written).map(([name, asked]) => [name, explained(asked)]))
}

function explained(asked: Written): Explanation {
  const { objectives, measurements, candidates = [], policies, total, comparison, skipped = [] } = asked
  const slo = sloOf(objectives, {
    ...(total !== undefined && { total }),
    ...(comparison !== undefined && { comparison }),
  })
  const reasons = skipped.map((message) => ({ id: 'build-0', message }))
  return explain(slo, measurements, candidates, { ...defaultPolicies, ...policies }, reasons)
}
