import type { ObjectiveLimits } from './objectives.ts'
import { readSlo, type SloContent, type SloReading } from './slo-reading.ts'
import type { TreeIssue } from './yaml-tree.ts'
import { defaultTextLimits, issueAt, YamlError, type Issue, type Place, type TextLimits } from './yaml.ts'

/** A service's objectives, read from its `slo.yaml`. Every value has been checked, and every criterion parsed. */
export interface Slo extends SloContent {
  /** Parts with no effect, or a different one from what they suggest; the file is still valid. */
  readonly findings: readonly Issue[]
  /** Keys that are most likely misspelt and have no effect: the policy `misspeltKeys` decides about them. */
  readonly misspelt: readonly Issue[]
}

export type SloLimits = TextLimits & ObjectiveLimits

/** The largest supported number of objectives. */
export const objectivesMostMax = 10_000

const defaultObjectivesMax = 1000

export const defaultSloLimits: SloLimits = sloLimitsOf(defaultObjectivesMax)

/** The limits for an SLO with up to `objectivesMax` objectives: the defaults, scaled up if more objectives are allowed. */
export function sloLimitsOf(objectivesMax: number): SloLimits {
  const share = Math.max(1, objectivesMax / defaultObjectivesMax)
  return {
    ...defaultTextLimits,
    lexemesMax: defaultTextLimits.lexemesMax * share,
    valuesMax: Math.min(500_000, defaultTextLimits.valuesMax * share),
    objectivesMax,
    criteriaMax: Math.min(100_000, 20_000 * share),
    entriesMax: 4000 * share,
  }
}

/** For texts that were accepted earlier, possibly with other limits. */
export const acceptedSloLimits: SloLimits = sloLimitsOf(objectivesMostMax)

/** A text is not an SLO: all problems at once, in the order of the file. */
export class SloError extends Error {
  readonly issues: readonly Issue[]
  /** These alone do not make the text invalid. */
  readonly misspelt: readonly Issue[]

  constructor(issues: readonly Issue[], misspelt: readonly Issue[] = []) {
    super(issues.map(({ line, column, message }) => `${line}:${column}: ${message}`).join('\n'))
    this.name = 'SloError'
    this.issues = issues
    this.misspelt = misspelt
  }
}

/**
 * Reads the first YAML document of a text as an SLO. Throws only SloError, whatever the text: with every problem and its
 * place or, if the text is not YAML, only with its syntax errors.
 */
export function parseSlo(text: string, limits: SloLimits = defaultSloLimits): Slo {
  const { content, notes, placeOf } = readingOf(text, limits)
  const listed = (some: readonly TreeIssue[]): readonly Issue[] => placed(some, placeOf, limits.issuesMax)
  const misspelt = listed(notes.misspelt)
  if (notes.issues.length > 0) throw new SloError(listed(notes.issues), misspelt)
  return { ...content, findings: listed(notes.findings), misspelt }
}

function readingOf(text: string, limits: SloLimits): SloReading {
  try {
    return readSlo(text, limits)
  } catch (error) {
    if (error instanceof YamlError) throw new SloError(error.issues)
    throw error
  }
}

/** In the order of the file, each once (an aliased value is read as often as it is used), up to a maximum. */
function placed(notes: readonly TreeIssue[], placeOf: (at: number) => Place, max: number): readonly Issue[] {
  const distinct = [...new Map(notes.map((note) => [`${note.at} ${note.code} ${note.message}`, note])).values()]
  const inOrder = distinct.toSorted((one, other) => one.at - other.at)
  const issues = inOrder.slice(0, max).map((note) => issueAt(note, placeOf))
  const left = inOrder.length - issues.length
  const last = issues.at(-1)
  if (left === 0 || last === undefined) return issues
  return [...issues, { code: 'more', message: `and ${left} more`, line: last.line, column: last.column }]
}
