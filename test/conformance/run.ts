import {
  AggregateCase,
  AnyCase,
  AverageCase,
  CompareCase,
  CriteriaCase,
  EvaluateCase,
  ParseCase,
  PercentileCase,
  ScoreCase,
} from './case.ts'
import { deviations, type Deviation } from './deviations.ts'
import { runEvaluate } from './evaluate.ts'
import { newFinding, type Finding } from './finding.ts'
import { runAggregate, runAverage, runCompare, runCriteria, runPercentile, runScore } from './functions.ts'
import { runParse } from './parse.ts'

export interface Summary {
  readonly passed: number
  readonly failures: readonly { readonly id: string; readonly differences: readonly string[] }[]
  readonly counts: ReadonlyMap<Deviation, number>
}

const kinds: Readonly<Record<string, (recorded: AnyCase) => Finding>> = {
  evaluate: (recorded) => runEvaluate(EvaluateCase.parse(recorded)),
  parse: (recorded) => runParse(ParseCase.parse(recorded)),
  criteria: (recorded) => runCriteria(CriteriaCase.parse(recorded)),
  aggregate: (recorded) => runAggregate(AggregateCase.parse(recorded)),
  percentile: (recorded) => runPercentile(PercentileCase.parse(recorded)),
  average: (recorded) => runAverage(AverageCase.parse(recorded)),
  compare: (recorded) => runCompare(CompareCase.parse(recorded)),
  score: (recorded) => runScore(ScoreCase.parse(recorded)),
}

/** Runs every line of the texts, one case each; `name` says in failures where a line comes from. */
export function runTexts(texts: readonly { readonly name: string; readonly text: string }[]): Summary {
  const failures: { id: string; differences: readonly string[] }[] = []
  const counts = new Map<Deviation, number>()
  let passed = 0
  for (const { name, text } of texts) {
    for (const [place, line] of text.split('\n').entries()) {
      if (line.trim() === '') continue
      const { id, finding } = runLine(line, `${name}:${place + 1}`)
      if (finding.differences.length > 0) failures.push({ id, differences: finding.differences })
      else passed += 1
      for (const deviation of finding.deviations) counts.set(deviation, (counts.get(deviation) ?? 0) + 1)
    }
  }
  return { passed, failures, counts }
}

function runLine(line: string, place: string): { readonly id: string; readonly finding: Finding } {
  try {
    const recorded = AnyCase.parse(JSON.parse(line))
    const run = kinds[recorded.kind]
    if (run === undefined) return { id: recorded.id, finding: failed(`the kind ${recorded.kind} is not known`) }
    return { id: `${recorded.id} (${place})`, finding: runCase(recorded, run) }
  } catch (error) {
    return { id: place, finding: failed(`no case can be read: ${String(error)}`) }
  }
}

/** Whatever is thrown is a failure of this case, and the next one still runs. */
function runCase(recorded: AnyCase, run: (recorded: AnyCase) => Finding): Finding {
  try {
    return run(recorded)
  } catch (error) {
    return failed(`thrown: ${String(error)}`)
  }
}

function failed(difference: string): Finding {
  const finding = newFinding()
  finding.differences.push(difference)
  return finding
}

const shownFailuresMax = 20

/** The report: failures, a line per deviation, and last the two numbers. */
export function reportLines({ passed, failures, counts }: Summary): readonly string[] {
  const named: ReadonlyMap<string, number> = counts
  const shown = failures.slice(0, shownFailuresMax)
  const left = failures.length - shown.length
  return [
    ...shown.flatMap(({ id, differences }) => [`FAILED ${id}`, ...differences.map((difference) => `  ${difference}`)]),
    ...(left > 0 ? [`and ${left} more failed`] : []),
    ...Object.entries(deviations).flatMap(([deviation, what]) => {
      const count = named.get(deviation)
      return count === undefined ? [] : [`${String(count).padStart(6)} ${deviation}: ${what}`]
    }),
    `${passed} passed, ${failures.length} failed`,
  ]
}
