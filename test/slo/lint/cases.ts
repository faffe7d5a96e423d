import { lint, type RecentEvaluation } from '../../../slo/index.ts'
import { candidate, earlier, ofBuild } from '../build.ts'

interface Written {
  readonly slo: string
  readonly slis?: Readonly<Record<string, string>>
  readonly history?: readonly RecentEvaluation[]
}

const comparison =
  'comparison: {compare_with: several_results, number_of_comparison_results: 3, include_result_with_score: pass}\n'

function slo(objectives: readonly string[], total = '{pass: "90%", warning: "75%"}'): string {
  return `${comparison}objectives:\n${objectives.map((line) => `  - ${line}\n`).join('')}total_score: ${total}\n`
}

const passing = (...sets: readonly string[]): string =>
  slo([`{sli: a, pass: [${sets.map((criteria) => `{criteria: [${criteria}]}`).join(', ')}]}`])
const warned = (pass: string, warning: string): string =>
  slo([`{sli: a, pass: [{criteria: [${pass}]}], warning: [{criteria: [${warning}]}]}`])
const plain = '{sli: a, pass: [{criteria: ["<5"]}]}'

/** Evaluations of one build with one value each, newest first. */
function builds(name: string, values: readonly number[], provider = 'prometheus'): readonly RecentEvaluation[] {
  return values.map((value, place) =>
    ofBuild(candidate(`${name}-${provider}-${place}`, [earlier(name, value, { provider })])),
  )
}
const many = (value: number, ...others: readonly number[]): readonly number[] => [
  ...others,
  ...Array.from({ length: 20 - others.length }, () => value),
]
const noisy = [100, 112, 91, 104, 88, 109, 96]

/** What rules say beyond their own two examples, and where they hold their tongue. */
const written: Readonly<Record<string, Written>> = {
  'a warning as wide as the pass': { slo: warned('"<=800"', '"<=800"') },
  'a warning that an earlier value of 40 leaves nothing of': { slo: warned('"<5"', '"<5", ">+1"') },
  'a warning that no value meets': { slo: warned('"<9"', '"<5", ">7"') },
  'a warning that only some earlier values make narrower': { slo: warned('"<=+10%", "<50"', '"<=+20%", "<50"') },
  'a criterion beside two that contradict': { slo: passing('"<5", "<4", ">7"') },
  'the same alternative three times': { slo: passing('"<5"', '"<5"', '"<5"') },
  'a wider alternative first': { slo: passing('"<800"', '"<600"', '">900"') },
  'alternatives that overlap': { slo: passing('"<800", ">100"', '"<900", ">200"') },
  'an impossible alternative': { slo: passing('"<800"', '"<5", ">7"') },
  'an alternative without criteria': { slo: passing('"<800"', '') },
  'a relative alternative after an absolute one': { slo: passing('"<800"', '"<=+10%"') },

  'an earlier value of 0': { slo: passing('"<5", "<=+10%"'), history: builds('a', [0, 0, 0]) },
  'earlier values below 0': { slo: passing('"<5", "<=+10%"'), history: builds('a', [-2, -2, -2]) },
  'an earlier value far below others': {
    slo: passing('"<5", "<=+10%"'),
    history: builds('a', [0.001, 0.001, 0.001, 0.2, 0.2]),
  },
  'an earlier value that is just large enough': {
    slo: passing('"<5", "<=+10%"'),
    history: builds('a', [1, 1, 1, 100]),
  },
  'an earlier value of 0, for a difference': { slo: passing('"<5", "<=+1"'), history: builds('a', [0, 0, 0]) },
  'no earlier value of this indicator': { slo: passing('"<5", "<=+10%"'), history: builds('b', [0, 0, 0]) },
  'earlier values of two providers': {
    slo: passing('"<5", "<=+10%"'),
    history: [...builds('a', [1, 1, 1]), ...builds('a', [0, 0, 0, 500], 'dynatrace')],
  },
  'earlier values of a named provider': {
    slo: slo(['{sli: "prometheus:a", pass: [{criteria: ["<5", "<=+10%"]}]}']),
    history: [...builds('a', [0, 0, 0]), ...builds('c', [7, 8, 9])],
  },

  'noise and a lower bound': { slo: passing('">=-5%", ">5"'), history: builds('a', noisy) },
  'noise and two bounds, the narrower of which is told': {
    slo: passing('">=-20%", "<=+3%"', '"<=+15%", "<=500"'),
    history: builds('a', noisy),
  },
  'noise and equality, which is another matter': { slo: passing('"=+10%", "<500"'), history: builds('a', noisy) },
  'noise of five builds': { slo: passing('"<=+10%", "<500"'), history: builds('a', noisy.slice(0, 5)) },
  'noise of four builds': { slo: passing('"<=+10%", "<500"'), history: builds('a', noisy.slice(0, 4)) },
  'noise between different builds, which is not reported': {
    slo: passing('"<=+10%", "<500"'),
    history: builds('a', noisy).map((one, place) => ({ ...one, build: { version: `${place}` } })),
  },
  'noise between builds without labels, which is not reported': {
    slo: passing('"<=+10%", "<500"'),
    history: noisy.map((value, place) => candidate(`a${place}`, [earlier('a', value)])),
  },
  'noise within builds that differ by much': {
    slo: passing('"<=+10%", "<500"'),
    history: [100, 112, 91, 300, 272, 330].map((value, place) =>
      ofBuild(candidate(`a${place}`, [earlier('a', value)]), place < 3 ? '2' : '1'),
    ),
  },
  'values that never vary': { slo: passing('"<=+10%", "<500"'), history: builds('a', many(100)) },
  'noise around a mean below 0': {
    slo: passing('"<=+1", "<500"'),
    history: builds(
      'a',
      noisy.map((value) => -value),
    ),
  },

  'twenty builds at the bound': { slo: passing('"<=700"'), history: builds('a', many(700)) },
  'twenty builds at the bound, which is not enough': { slo: passing('"<700"'), history: builds('a', many(700)) },
  'nineteen builds beyond the bound': { slo: passing('"<500"'), history: builds('a', many(700).slice(1)) },
  'twenty builds between the alternatives': {
    slo: passing('"<500"', '">=900"'),
    history: builds('a', many(700)),
  },
  'twenty builds, some in one alternative and some in the other': {
    slo: passing('"<=500"', '">=900"'),
    history: builds('a', many(500, 900, 950)),
  },
  'twenty builds of what is only shown': { slo: slo(['{sli: a}', plain]), history: builds('a', many(700)) },
  'twenty builds and a bound that moves': { slo: passing('"<=+10%", "<500"'), history: builds('a', many(700)) },
  'twenty builds at half the bound': { slo: passing('"<500"'), history: builds('a', many(250)) },
  'twenty builds at less than half the bound': { slo: passing('"<500"'), history: builds('a', many(249)) },
  'one of twenty builds came near': { slo: passing('"<500"'), history: builds('a', many(10, 400)) },
  'one of twenty builds failed': { slo: passing('"<500"'), history: builds('a', many(10, 900)) },
  'twenty builds far above a lower bound': { slo: passing('">=100"'), history: builds('a', many(900)) },
  'twenty builds above twice a lower bound by nothing': { slo: passing('">=100"'), history: builds('a', many(200)) },
  'twenty builds between bounds, near one of them': {
    slo: passing('">=100", "<=9000"'),
    history: builds('a', many(120)),
  },

  'objectives without a name': { slo: slo(['{sli: "", pass: [{criteria: ["<5", ">7"]}]}', '{sli: ""}', plain]) },
  'an empty entry before a finding': { slo: slo(['', '{sli: " a", pass: [{criteria: ["<5"]}]}']) },
  'a pass of 1 per cent': { slo: slo([plain], '{pass: 1}') },
  'a pass of more than 1 per cent': { slo: slo([plain], '{pass: 1.5}') },
  'a pass and a warning of 0': { slo: slo([plain], '{pass: 0, warning: 0}') },
  'a total score without a pass': { slo: slo([plain], '{warning: 90}') },
  'only what is shown': { slo: slo(['{sli: a}', '{sli: b}']) },
  'no objective': { slo: `${comparison}objectives: []\ntotal_score: {pass: 90}\n` },
  'a second document after a comment': { slo: `---\n${slo([plain])}--- # next\n# nothing\n  # nothing\n` },
  'a second document after three dots': { slo: `${slo([plain])}...\nobjectives: []\n` },
  'a second document with a comment and a key': { slo: `${slo([plain])}---\n# note\nkey: 1\n` },
  'a second document on the line of its mark': { slo: `${slo([plain])}--- {key: 1}\n` },
  'dashes that begin no document': { slo: slo(['{sli: a, displayName: "a --- b", pass: [{criteria: ["<5"]}]}']) },

  'indicators with the provider in front': {
    slo: slo(['{sli: "prometheus:a", pass: [{criteria: ["<5"]}]}', '{sli: ""}']),
    slis: { 'prometheus/sli.yaml': 'indicators: {a: up}\n' },
  },
  'an indicator that nothing is like': {
    slo: slo(['{sli: throughput, pass: [{criteria: ["<5"]}]}', plain]),
    slis: { 'one/sli.yaml': 'indicators: {a: up}\n', 'two/sli.yaml': 'indicators: {a: down}\n' },
  },
  'a file of indicators that is refused in part': {
    slo: slo([plain, '{sli: b}']),
    slis: { 'one/sli.yaml': 'indicators: {a: up, c: [1]}\n', 'two/sli.yaml': 'indicators: {b: up}\n' },
  },
  'placeholders of queries': {
    slo: `filter: {target: x, none: ""}\n${slo(['{sli: "prometheus:a"}', '{sli: rate, pass: [{criteria: ["<5"]}]}'])}`,
    slis: {
      'prometheus/sli.yaml': [
        'indicators:',
        '  a: x{a="$target$Target",b="$none",c="${none:-all}",d="$LABEL.a.b",e="$ENV.X",f=~"$LABEL.x.*$"}',
        '  b: x{a="$SERVCE",b="$service",c="${SERVICE",d="${LABEL.x:-}"}',
        '  unused: $nothing $LABEL.a.b',
        '',
      ].join('\n'),
      'computed/sli.yaml': 'indicators: {rate: b / 2}\n',
    },
  },
  'a label whose name another one begins with, and one before a dot': {
    slo: slo(['{sli: a, pass: [{criteria: ["<5"]}]}']),
    slis: { 'sli.yaml': "indicators: {a: \"x{b='$LABEL.v',c=~'$LABEL.v.*',d='$LABEL.w',e='$LABEL.w-x'}\"}\n" },
  },
  'indicators that formulas are made of': {
    slo: slo(['{sli: error_rate, pass: [{criteria: ["<5"]}]}']),
    slis: {
      'prometheus/sli.yaml': 'indicators: {errors: up, all requests: up, other: up}\n',
      'computed/sli.yaml': `indicators:\n  error_rate: errors / "prometheus:all requests" * 100\n`,
    },
  },
  'labels of which one begins the other': {
    slo: slo([plain]),
    slis: { 'sli.yaml': 'indicators:\n  a: x{b="$LABEL.buildId",c="$LABEL.build",d="$LABEL.commit"}\n' },
  },
  'labels of an indicator that no objective names': {
    slo: slo([plain]),
    slis: { 'sli.yaml': 'indicators:\n  a: up\n  b: x{b="$LABEL.buildId",c="$LABEL.build"}\n' },
  },

  'several mistakes of one line, in its order': {
    slo: 'total_score: {pass: 900}\nobjectives: [{sli: a, weight: 0, pass: [{criteria: ["!5", "?6"]}]}]\n',
  },
  'one result, and a number that says so': {
    slo: `comparison: {compare_with: single_result, number_of_comparison_results: 1, include_result_with_score: pass}\nobjectives: [${plain}]\ntotal_score: {pass: 90}\n`,
  },
  'one result, and its average': {
    slo: `comparison: {compare_with: single_result, aggregate_function: avg, include_result_with_score: pass}\nobjectives: [${plain}]\ntotal_score: {pass: 90}\n`,
  },
  'every result counts, as written': {
    slo: `comparison: {compare_with: single_result, include_result_with_score: all}\nobjectives: [{sli: a, pass: [{criteria: ["<=+10%", "<5"]}]}]\ntotal_score: {pass: 90}\n`,
  },
  'nine results and a p90': {
    slo: `comparison: {compare_with: several_results, number_of_comparison_results: 9, aggregate_function: p90}\nobjectives: [${plain}]\ntotal_score: {pass: 90}\n`,
  },
  'criteria with blanks in them': { slo: passing('"< 10 %", "<= 600"', '"> - 5", ">= 700"') },
  'equality of fixed numbers': { slo: passing('"=5"') },
  'a bound of a warning that moves up': { slo: warned('"<=+5%", "<600"', '">+5%", "<600"') },
  'a pass that need not improve, by another entry': { slo: passing('"<=-10%", "<600"', '"<=300"') },
  'a key objective that cannot fail': {
    slo: slo(['{sli: a, key_sli: true, pass: [{criteria: ["<=+5%"]}], warning: [{criteria: [">+5%"]}]}']),
  },
  'a pass that leaves nothing out': { slo: passing('"<5"', '">=5"') },
  'a gap of one value between pass and warning': { slo: warned('"<5"', '">5"') },
  'a warning that begins below the pass': { slo: warned('"<600"', '">=0"') },
  'a first build of a rate, with a fixed limit for the warning': { slo: warned('"<=+10%"', '"<=2"') },
  'a first build of what should be high': { slo: passing('">=-5%"') },
  'a lower bound that moves up': { slo: passing('">=+10%", "<600"', '">=+0%", ">=700"') },
}

/** Each case with its findings as lines: place, rule, what is said and what to do. */
export function* lintedCases(): Generator<readonly [string, readonly string[]]> {
  for (const [name, { slo: text, slis = {}, history = [] }] of Object.entries(written)) {
    const files = Object.entries(slis).map(([file, sli]) => ({ file, text: sli }))
    const found = lint(text, files, history).map(
      ({ rule, severity, file = 'slo.yaml', line, column, message, fix }) =>
        `${file}:${line}:${column} ${severity} ${rule}\n    ${message}\n    ${fix}`,
    )
    yield [name, found]
  }
}
