import {
  bearing,
  defaultPolicies,
  explain,
  explanationText,
  foldedFindings,
  judge,
  type Judgement,
  type RecentEvaluation,
} from '../../../slo/index.ts'
import { lintedOnce } from '../../definitions/slo-text.ts'
import { historyWarnings } from '../../evaluation/history-warnings.ts'
import { unusedWarnings } from '../../evaluation/warnings.ts'
import { needed, type Command, type Parsed } from '../command.ts'
import { nameOf } from '../files.ts'
import { readHistory, readMeasurements, readSlo, type GivenValues, type ReadSlo } from '../inputs.ts'
import { exitCodeOf, reportOf, type Report } from '../report/report.ts'
import { jsonOutput, outputOption, outputsOf, write } from '../report/outputs.ts'
import { usageError, type Terminal } from '../terminal.ts'

export const warningOption = {
  value: 'fail',
  words: ['fail'],
  text: 'exit with 10 for a warning, which otherwise counts as a pass',
} as const

const inputOptions = {
  slo: { value: 'FILE', text: 'the slo.yaml' },
  indicators: { value: 'FILE', text: 'JSON with a value for each indicator, or events of Keptn; - is standard input' },
  history: { value: 'FILE', text: 'JSON with a list of earlier evaluations, newest first, or events of Keptn' },
} as const

/** `--warning fail`. */
export function failsOnWarning(parsed: Parsed): boolean {
  const word = parsed.one('warning')
  if (word === undefined || word === 'fail') return word === 'fail'
  throw usageError(`--warning can only be fail, not ${word}`)
}

async function judged(parsed: Parsed, terminal: Terminal) {
  const file = needed(parsed, 'slo')
  const history = parsed.one('history')
  const values = needed(parsed, 'indicators')
  if ([file, values, history].filter((name) => name === '-').length > 1) {
    throw usageError('only one file can be standard input')
  }
  const slo = await readSlo(file, terminal)
  const given = await readMeasurements(values, terminal)
  const { measurements, recorded } = given
  const candidates = history === undefined ? [] : await readHistory(history, terminal, recorded)
  const inputs = [slo.content, measurements, candidates, defaultPolicies] as const
  const judgement = judge(...inputs)
  return {
    file,
    totalScore: slo.content.totalScore,
    judgement,
    explanation: explain(...inputs),
    warnings: warningsOf(nameOf(file), slo, given, { judgement, candidates }),
  }
}

/** The warnings that the server would give for the same SLO, values and history. */
function warningsOf(
  path: string,
  { text, content }: ReadSlo,
  { measurements, isReport }: GivenValues,
  { judgement, candidates }: { readonly judgement: Judgement; readonly candidates: readonly RecentEvaluation[] },
): Report['warnings'] {
  const objectives = content.objectives.map(({ indicator }) => ({ kind: 'pushed', indicator }) as const)
  const named = isReport ? [] : measurements.map(({ indicator }) => ({ metric: indicator }))
  const findings = [
    ...lintedOnce({ kind: 'found', path, text }, []).map((finding) => ({ ...finding })),
    ...historyWarnings({ text, source: path, inline: false }, candidates, candidates),
  ]
  return [
    ...foldedFindings(bearing(findings, { slo: content, judgement, candidates })),
    ...unusedWarnings(objectives, named),
  ]
}

export const judgeCommand: Command = {
  name: 'judge',
  summary: 'Judge values that were measured elsewhere, without a server.',
  options: { ...inputOptions, output: outputOption, warning: warningOption },
  examples: [
    'pharos judge --slo slo.yaml --indicators values.json',
    `echo '{"error_rate": 0.3}' | pharos judge --slo slo.yaml --indicators - --output json`,
    'pharos judge --slo slo.yaml --indicators values.json --history earlier.json --output text --output junit=gate.xml',
  ],
  run: async (parsed, terminal) => {
    const outputs = outputsOf(parsed)
    const isStrict = failsOnWarning(parsed)
    const { file, explanation, judgement, ...rest } = await judged(parsed, terminal)
    const report = reportOf(file, { ...judgement, ...rest }, explanationText(explanation))
    await write(report, outputs, terminal)
    return exitCodeOf(report, isStrict)
  },
}

export const explainCommand: Command = {
  name: 'explain',
  summary: 'Explain a result, and what would have changed it; exits as judge does.',
  options: {
    ...inputOptions,
    output: outputOption,
    json: { text: 'the same as --output json' },
    warning: warningOption,
  },
  examples: [
    'pharos explain --slo slo.yaml --indicators values.json',
    'pharos explain --slo slo.yaml --indicators values.json --history earlier.json --json',
    'pharos explain --slo slo.yaml --indicators values.json --output text --output markdown=why.md',
  ],
  run: async (parsed, terminal) => {
    if (parsed.has('json') && parsed.many('output').length > 0)
      throw usageError('--json and --output exclude each other')
    const outputs = parsed.has('json') ? [jsonOutput] : outputsOf(parsed)
    const isStrict = failsOnWarning(parsed)
    const { file, explanation, judgement, ...rest } = await judged(parsed, terminal)
    const report = reportOf(file, { ...judgement, ...rest }, explanationText(explanation))
    const source = { ...explanation, warnings: rest.warnings }
    await write({ ...report, isExplained: true, source }, outputs, terminal)
    return exitCodeOf(report, isStrict)
  },
}
