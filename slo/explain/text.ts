import type { Distance, ExplainedObjective, Explanation, Flip, NoChange } from './explain.ts'
import { shown } from './number.ts'
import { listed } from './sentence.ts'

/** How many things are named in a sentence; more are counted or listed separately. */
const namedMax = 3

/** An explanation as text: the sentence, then what each objective lacks, what would help, and the compared evaluations. */
export function explanationText(explanation: Explanation): string {
  const paragraphs = [
    [explanation.sentence],
    objectiveLines(explanation.objectives),
    helpLines(explanation),
    comparedLines(explanation),
  ]
  return paragraphs
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n')
}

function objectiveLines(objectives: readonly ExplainedObjective[]): readonly string[] {
  const width = Math.max(...objectives.map((objective) => titleOf(objective).length))
  return objectives.map((objective) => {
    const { status, points, weight, value } = objective
    const earned = status === 'info' ? 'info' : `${status} ${points}/${weight}`
    const lacks = lacking(objective)
    const standing = value === null ? 'no value' : shown(value, ...limitsOf(objective))
    const rest = lacks.length === 0 ? '' : `; ${lacks.join('; ')}`
    return `  ${titleOf(objective).padEnd(width)}  ${earned}: ${standing}${rest}`
  })
}

function lacking({ status, value, toPass, toWarning }: ExplainedObjective): readonly string[] {
  if (status === 'info') return []
  const pass = distanceText(value, toPass, 'for a pass')
  const isNearer = status === 'fail' && !('to' in toPass && 'to' in toWarning && toPass.to === toWarning.to)
  return isNearer ? [...pass, ...distanceText(value, toWarning, 'for a warning')] : pass
}

function distanceText(value: number | null, distance: Distance, what: string): readonly string[] {
  switch (distance.kind) {
    case 'met':
    case 'absent':
      return []
    case 'unreachable':
      return [`no value would be enough ${what}`]
    case 'unmeasured':
      return [`a value such as ${shown(distance.to)} would be enough ${what}`]
    case 'away': {
      const by = Math.abs(distance.by ?? 0)
      if (distance.target === value) return [`must be ${goal(distance, value)} ${what}`]
      const percent = distance.percent === null ? '' : ` (${shown(Math.abs(distance.percent))} %)`
      return [
        `must ${(distance.by ?? 0) < 0 ? 'fall' : 'rise'} by ${shown(by)}${percent} to ${goal(distance, value)} ${what}`,
      ]
    }
  }
}

/** `below 600` if `to` is the double next to the target, otherwise the number itself. */
function goal({ to, target }: { readonly to: number; readonly target: number | null }, value: number | null): string {
  const limit = target ?? to
  const text = shown(limit, ...(value === null ? [] : [value]))
  if (to < limit) return `below ${text}`
  return to > limit ? `above ${text}` : text
}

function limitsOf({ toPass, toWarning }: ExplainedObjective): readonly number[] {
  return [toPass, toWarning].flatMap((distance) =>
    distance.kind === 'away' && distance.target !== null ? [distance.target] : [],
  )
}

const whyNone: Readonly<Record<NoChange, string>> = {
  passed: '',
  no_objectives: 'There are no objectives, so no value would help.',
  several_needed: 'Changing one indicator would not have been enough.',
  unreachable: 'No values would have improved the result.',
  too_large: 'The SLO is too large to look for the smallest change.',
}

function helpLines({ smallestChange, smallestSet, objectives }: Explanation): readonly string[] {
  if (smallestChange.kind === 'change') return flipLines(smallestChange, objectives)
  if (smallestChange.code === 'passed') return []
  const none = whyNone[smallestChange.code]
  return smallestSet.kind === 'change' ? [none, ...flipLines(smallestSet, objectives)] : [none]
}

function flipLines(
  { changes, result, score }: Extract<Flip, { kind: 'change' }>,
  objectives: readonly ExplainedObjective[],
): readonly string[] {
  const parts = changes.map(({ indicator, from, to }) => {
    if (from === null) return `a value such as ${shown(to)} for ${indicator}`
    const own = objectives.filter((objective) => objective.indicator === indicator)
    const distances = own.flatMap(({ toPass, toWarning }) => [toPass, toWarning])
    const reached = distances.find((one) => (one.kind === 'away' || one.kind === 'unmeasured') && one.to === to)
    const target = reached !== undefined && 'target' in reached ? reached.target : to
    const exactly = target === from ? 'exactly ' : ''
    return `${indicator} ${goal({ to, target }, from)} instead of ${exactly}${shown(from, to, target ?? to)}`
  })
  const end = `the result would be ${result}${score === null ? '' : ` with a score of ${shown(score, Math.round(score))}`}`
  if (parts.length <= namedMax) return [`With ${listed(parts)}, ${end}.`]
  return [`With all of these, ${end}:`, ...parts.map((part) => `  ${part}`)]
}

/** One line for all evaluations with the same indicators whose absence would have the same effect. */
function comparedLines({ comparedEvaluations, skippedEvaluations, result, score }: Explanation): readonly string[] {
  const lines = new Map<string, { readonly ids: string[]; readonly indicators: string; readonly change: string }>()
  for (const { id, indicators: compared, without } of comparedEvaluations) {
    const indicators = compared.length <= namedMax ? compared.join(', ') : `${compared.length} indicators`
    const isSame = without.result === result && without.score === score
    const change = isSame ? 'nothing would change' : resultText(without, score)
    const key = `${compared.join('\n')}\n\n${change}`
    const line = lines.get(key) ?? { ids: [], indicators, change }
    line.ids.push(id)
    lines.set(key, line)
  }
  const compared = [...lines.values()].map(({ ids, indicators, change }) => {
    const left = ids.length === 1 ? 'it' : 'any one of them'
    return `Compared with ${listed(ids)} (${indicators}): without ${left}, ${change}.`
  })
  return [...compared, ...skippedEvaluations.map(({ message }) => message)]
}

/** `other` is the actual score, null if the result is undecided. */
function resultText({ result, score }: Pick<Explanation, 'result' | 'score'>, other: number | null): string {
  if (score === null) return 'the result would be undecided'
  const isOther = score !== other
  return `the result would be ${result}${isOther ? ` with a score of ${shown(score, Math.round(score), ...(other === null ? [] : [other]))}` : ''}`
}

function titleOf({ displayName, indicator }: ExplainedObjective): string {
  return displayName === '' || displayName === indicator ? indicator : `${displayName} (${indicator})`
}
