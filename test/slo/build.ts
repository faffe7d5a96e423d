import {
  parseSli,
  parseSlo,
  SliError,
  SloError,
  type Candidate,
  type EarlierValue,
  type Issue,
  type Measured,
  type Measurement,
  type MissingOutcome,
  type RecentEvaluation,
  type Result,
  type Slo,
} from '../../slo/index.ts'

const asked = { provider: 'prometheus', definition: 'rate(m)', query: 'rate(m{})', warnings: [] }

export function measured(indicator: string, value: number, change: Partial<Measured> = {}): Measured {
  return { ...asked, ...change, kind: 'measured', indicator, name: indicator, value }
}

export function missing(
  indicator: string,
  outcome: MissingOutcome = 'no_data',
  message = 'Nothing came.',
): Measurement {
  return { ...asked, kind: 'missing', indicator, name: indicator, outcome, message }
}

export function earlier(name: string, value: number, change: Partial<EarlierValue> = {}): EarlierValue {
  return { provider: 'prometheus', name, definition: 'rate(m)', value, ...change }
}

export function candidate(id: string, values: readonly EarlierValue[], result: Result = 'pass'): Candidate {
  return { id, result, values }
}

/** An earlier evaluation of some version. */
export function ofBuild(earlierOne: Candidate, version = '1'): RecentEvaluation {
  return { ...earlierOne, build: { version } }
}

/** An SLO of objectives in YAML's flow style, one a line; three results are compared unless `comparison` says otherwise. */
export function sloOf(
  objectives: readonly string[],
  { total = '{pass: "90%", warning: "75%"}', comparison = '{}' } = {},
): Slo {
  const items = objectives.map((line) => `  - ${line}\n`).join('')
  const text = `comparison: ${comparison}\nobjectives:\n${items}total_score: ${total}\n`
  return parseSlo(text)
}

/** The issues of a text that must have some. */
export function issuesOf(text: string): readonly Issue[] {
  try {
    parseSlo(text)
  } catch (error) {
    if (error instanceof SloError) return error.issues
    throw error
  }
  return []
}

/** The same for an SLI file. */
export function sliIssuesOf(text: string): readonly Issue[] {
  try {
    parseSli(text)
  } catch (error) {
    if (error instanceof SliError) return error.issues
    throw error
  }
  return []
}
