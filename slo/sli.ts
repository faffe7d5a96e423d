import { readSli, type SliReading } from './sli-reading.ts'
import type { TreeIssue } from './yaml-tree.ts'
import { issueAt, YamlError, type Issue, type Place } from './yaml.ts'

/** The queries of one provider, by indicator, from one `sli.yaml` or several overlaid ones. */
export interface Sli {
  readonly indicators: ReadonlyMap<string, SliIndicator>
  /** Parts that have no effect; the file is still valid. */
  readonly findings: readonly Issue[]
  /** Keys that are most likely misspelt: the policy `misspeltKeys` decides about them. */
  readonly misspelt: readonly Issue[]
}

interface SliIndicator {
  /** As written, placeholders included; only the provider understands it. Blank, with a finding, if the file has an empty query. */
  readonly query: string
  /** Its line in its file, counted from 1. */
  readonly line: number
}

/** A text is not an SLI file: all problems at once, in the order of the file. */
export class SliError extends Error {
  readonly issues: readonly Issue[]

  constructor(issues: readonly Issue[]) {
    super(issues.map(({ line, column, message }) => `${line}:${column}: ${message}`).join('\n'))
    this.name = 'SliError'
    this.issues = issues
  }
}

/**
 * Reads the first YAML document of a text as indicators with their queries. A query that is not a string is used as it is
 * written (`1.10` stays `1.10`). Throws only SliError, with every problem and its place, whatever the text.
 */
export function parseSli(text: string): Sli {
  const { queries, notes, placeOf } = readingOf(text)
  if (notes.issues.length > 0) throw new SliError(placed([...notes.issues, ...notes.misspelt], placeOf))
  const indicators = [...queries].map(([name, { query, at }]) => [name, { query, line: placeOf(at).line }] as const)
  const [findings, misspelt] = [placed(notes.findings, placeOf), placed(notes.misspelt, placeOf)]
  return { indicators: new Map(indicators), findings, misspelt }
}

/**
 * Overlays levels, the widest first: project, stage, service. For each indicator, the last level that has it wins; a level
 * can add and replace indicators, but not remove any. `line` is still the line in the level's own file.
 * Source: keptn-contrib/prometheus-service, eventhandling/get_sli_event_handler.go.
 */
export function overlaySli(levels: readonly Sli[]): Sli {
  return {
    indicators: new Map(levels.flatMap(({ indicators }) => [...indicators])),
    findings: levels.flatMap(({ findings }) => findings),
    misspelt: levels.flatMap(({ misspelt }) => misspelt),
  }
}

function readingOf(text: string): SliReading {
  try {
    return readSli(text)
  } catch (error) {
    if (error instanceof YamlError) throw new SliError(error.issues)
    throw error
  }
}

function placed(issues: readonly TreeIssue[], placeOf: (at: number) => Place): readonly Issue[] {
  const inOrder = issues.toSorted((one, other) => one.at - other.at)
  return inOrder.map((issue) => issueAt(issue, placeOf))
}
