import { placeholderProblems, type PlaceholderProblem } from '../placeholder.ts'
import { isOfFormulas, usedNames, withoutProvider } from './names.ts'
import { named, offsetOf, placedObjectives, type PlacedObjective } from './place.ts'
import type { Found, Rule, SliText, Subject } from './rule.ts'

interface PlacedProblem extends PlaceholderProblem {
  readonly sli: SliText
  readonly at: number
  readonly indicator: string
}

/** Cached, since each rule reports some of them. */
const found = new WeakMap<Subject, readonly PlacedProblem[]>()

function problemsIn(subject: Subject): readonly PlacedProblem[] {
  const problems = found.get(subject) ?? findProblems(subject)
  found.set(subject, problems)
  return problems
}

/** Problems in the queries that this SLO uses. Only the server knows which environment variables they may use. */
function findProblems(subject: Subject): readonly PlacedProblem[] {
  const used = usedNames(subject)
  const known = { filter: subject.slo.content.filter, environment: undefined }
  return subject.slis
    .filter((sli) => !isOfFormulas(sli))
    .flatMap((sli) =>
      [...sli.reading.queries]
        .filter(([name]) => used.has(name))
        .flatMap(([indicator, { query, at }]) =>
          placeholderProblems(query, known).map((problem) => ({ ...problem, sli, at, indicator })),
        ),
    )
}

function inQueries(code: PlaceholderProblem['code']): Rule['find'] {
  return (subject) =>
    problemsIn(subject)
      .filter((problem) => problem.code === code)
      .map(({ sli, at, message, fix }) => ({ sli, at, message: `${message}, so the indicator is never measured`, fix }))
}

/** Another SLO may have the key and use the same query, so the finding is about the objective. */
function missingKeys(subject: Subject): readonly Found[] {
  const asked = new Map<string, PlacedObjective>()
  for (const placed of placedObjectives(subject)) {
    const { indicator } = placed.objective
    for (const name of [indicator, withoutProvider(indicator)]) if (!asked.has(name)) asked.set(name, placed)
  }
  return problemsIn(subject)
    .filter(({ code }) => code === 'filter_key_missing')
    .map(({ indicator, message, fix }) => {
      const asking = asked.get(indicator)
      const at = asking === undefined ? subject.slo.root.at : offsetOf(asking, 'sli')
      const who = asking === undefined ? indicator : named(asking.objective)
      return { at, message: `${who} is never measured, because in its query ${message}`, fix }
    })
}

const passing = 'total_score: {pass: "90%"}\n'
const slo = `objectives: [{sli: a, pass: [{criteria: ["<5"]}]}]\n${passing}`
const asking = (query: string): string => `indicators: {a: 'x{b="${query}"}'}\n`

export const placeholderRules: readonly Rule[] = [
  {
    id: 'placeholder_unknown',
    severity: 'warning',
    summary: 'An unknown placeholder never has a value, so the indicator cannot be measured.',
    find: inQueries('placeholder_unknown'),
    bad: { slo, sli: asking('$SERVICE_NAME') },
    good: { slo, sli: asking('${SERVICE}_NAME') },
  },
  {
    id: 'placeholder_ambiguous',
    severity: 'warning',
    summary:
      'Without braces, a label with a dot or a slash could also be a shorter label followed by text. It is refused, regardless of the labels of a request.',
    find: inQueries('placeholder_ambiguous'),
    bad: { slo, sli: asking('$LABEL.app.kubernetes.io/part-of') },
    good: { slo, sli: asking('${LABEL.app.kubernetes.io/part-of}') },
  },
  {
    id: 'filter_key_missing',
    severity: 'warning',
    summary: "A query that uses a key of the SLO's `filter` cannot be measured if the key is missing or empty.",
    find: missingKeys,
    bad: { slo: `filter: {job: shop}\n${slo}`, sli: asking('$handler') },
    good: { slo: `filter: {handler: Items}\n${slo}`, sli: asking('$handler') },
  },
]
