import { defaultPolicies, explain, explanationText, historyLinter, judge } from '../../slo/index.ts'
import { printable, wrapped } from './columns.ts'
import { needed, type Command, type Parsed } from './command.ts'
import { readHistory, readMeasurements, readSlo } from './inputs.ts'
import { exitCodeOf, reportOf } from './report/report.ts'
import { outputOption, outputsOf, write } from './report/outputs.ts'
import { usageError, type Terminal } from './terminal.ts'

export const warningOption = {
  value: 'fail',
  words: ['fail'],
  text: 'ends with 10 for a warning, which otherwise counts as a pass',
} as const

const inputOptions = {
  slo: { value: 'FILE', text: 'the slo.yaml' },
  indicators: { value: 'FILE', text: 'JSON with a value for each indicator; - is standard input' },
  history: { value: 'FILE', text: 'JSON with a list of earlier evaluations, newest first' },
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
  const measurements = await readMeasurements(values, terminal)
  const candidates = history === undefined ? [] : await readHistory(history, terminal)
  const known = new Set(slo.content.objectives.map(({ indicator }) => indicator))
  for (const { indicator } of measurements) {
    if (!known.has(indicator)) terminal.say(`${values}: no objective of ${file} names ${indicator}, so it was not used`)
  }
  const inputs = [slo.content, measurements, candidates, defaultPolicies] as const
  const warnings = historyLinter(slo.text)(candidates).map(({ rule, ...finding }) => ({ code: rule, ...finding, file }))
  return {
    file,
    totalScore: slo.content.totalScore,
    judgement: judge(...inputs),
    explanation: explain(...inputs),
    warnings,
  }
}

export const judgeCommand: Command = {
  name: 'judge',
  summary: 'Judges values that were measured elsewhere, without a server.',
  options: { ...inputOptions, output: outputOption, warning: warningOption },
  examples: [
    'pharos judge --slo slo.yaml --indicators values.json',
    `echo '{"error_rate": 0.3}' | pharos judge --slo slo.yaml --indicators - --output json`,
    'pharos judge --slo slo.yaml --indicators values.json --history earlier.json --output text --output junit=gate.xml',
  ],
  run: async (parsed, terminal) => {
    const outputs = outputsOf(parsed)
    const isStrict = failsOnWarning(parsed)
    const { file, totalScore, judgement, explanation, warnings } = await judged(parsed, terminal)
    const report = reportOf(file, { ...judgement, totalScore, warnings }, explanationText(explanation))
    await write(report, outputs, terminal)
    return exitCodeOf(report, isStrict)
  },
}

export const explainCommand: Command = {
  name: 'explain',
  summary: 'Says why a result is what it is, and what would have made it another; ends as judge does.',
  options: {
    ...inputOptions,
    json: { text: 'the structure instead of the words' },
    warning: warningOption,
  },
  examples: [
    'pharos explain --slo slo.yaml --indicators values.json',
    'pharos explain --slo slo.yaml --indicators values.json --history earlier.json --json',
  ],
  run: async (parsed, terminal) => {
    const isStrict = failsOnWarning(parsed)
    const { judgement, explanation } = await judged(parsed, terminal)
    const words = explanationText(explanation).split('\n').map(printable).join('\n')
    const text = parsed.has('json') ? JSON.stringify(explanation, null, 2) : wrapped(words, terminal.columns).join('\n')
    terminal.out(`${text}\n`)
    return exitCodeOf(judgement, isStrict)
  },
}
