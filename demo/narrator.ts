import { isDeepStrictEqual, styleText } from 'node:util'
import { evaluationUrl, type Evaluation } from './client.ts'
import { shownEvent } from './event.ts'
import { shownNumber } from './numbers.ts'
import { startProgress, type Output, type Progress } from './progress.ts'
import type { CloudEvent } from './receiver.ts'
import { colored, indicatorTable } from './table.ts'
import { hanging, wrapped } from './text.ts'

/** One thing the story told before it happened. */
export interface Expectation {
  readonly told: string
  readonly expected: unknown
  readonly got: unknown
}

/** Tells the story to a person, and counts what did not come out as told. */
export interface Narrator {
  say(text: string): void
  chapter(title: string, told: string): void
  /** Names and what belongs to them, below each other. */
  list(entries: readonly (readonly [name: string, text: string])[]): void
  show(evaluation: Evaluation, event: CloudEvent, pharosUrl: string): void
  /** Prints each expectation with whether it came true. */
  check(expectations: readonly Expectation[]): void
  progress(): Progress
  /** Expectations that did not come true so far. */
  surprises(): number
}

const widthMax = 110
const labelWidth = 12
const margin = '  '

export function createNarrator(output: Output): Narrator {
  const width = Math.min(output.columns ?? widthMax, widthMax) - margin.length
  let surprises = 0
  let isAfterBlank = false
  const print = (lines: readonly string[]) => {
    for (const line of lines) {
      if (line !== '' || !isAfterBlank) output.write(`${line === '' ? '' : margin + line}\n`)
      isAfterBlank = line === ''
    }
  }
  return {
    say: (text) => print([...wrapped(text, width), '']),
    chapter(title, told) {
      output.write(`\n${styleText('bold', title)}\n`)
      print([...wrapped(told, width), ''])
    },
    list: (entries) => print([...entries.map(([name, text]) => name.padEnd(labelWidth) + text), '']),
    show: (evaluation, event, pharosUrl) => print(evaluationLines(evaluation, event, pharosUrl, width)),
    check(expectations) {
      surprises += expectations.filter((expectation) => !cameTrue(expectation)).length
      print(['', ...expectations.flatMap(expectationLines)])
    },
    progress: () => startProgress(output, Date.now),
    surprises: () => surprises,
  }
}

function evaluationLines(
  evaluation: Evaluation,
  event: CloudEvent,
  pharosUrl: string,
  width: number,
): readonly string[] {
  const { id, reasons, warnings, comparedEvaluations } = evaluation
  const labelled = (label: string, text: string) => hanging(label, text, labelWidth, width)
  return [
    headline(evaluation),
    '',
    ...indicatorTable(evaluation.indicatorResults),
    '',
    ...(comparedEvaluations.length > 0 ? labelled('compared', `with ${comparedEvaluations.join(', ')}`) : []),
    ...reasons.flatMap(({ code, message }) => labelled('reason', `${code}: ${message}`)),
    ...warnings.flatMap(({ code, message }) => labelled('warning', `${code}: ${message}`)),
    ...labelled('look at', evaluationUrl(pharosUrl, id)),
    ...labelled('announced', 'by this event, as the local receiver got it (long texts and lists shortened):'),
    ...shownEvent(event, width - labelWidth).map((line) => styleText('dim', ' '.repeat(labelWidth) + line)),
  ]
}

function headline({ result, state, score, service, stage, labels, window }: Evaluation): string {
  const ended = state === 'succeeded' ? `score ${shownNumber(score)}` : `${state}, no score`
  const [start, end] = [window.start, window.end].map((instant) => instant.slice(11, 19))
  const version = labels['version'] ?? ''
  return `${colored(result ?? state, (result ?? state).toUpperCase())}   ${ended}   ${service} ${version} in ${stage}, ${start} to ${end} UTC`
}

function cameTrue({ expected, got }: Expectation): boolean {
  return isDeepStrictEqual(got, expected)
}

function expectationLines(expectation: Expectation): readonly string[] {
  const { told, expected, got } = expectation
  if (cameTrue(expectation)) return [`${styleText('green', '✓')} ${told}`]
  return [
    styleText('red', `✗ ${told}: this did not come out as told`),
    `    expected ${JSON.stringify(expected)}`,
    `    got      ${JSON.stringify(got)}`,
  ]
}
