import { z } from 'zod'
import {
  buildOf,
  byPlace,
  parseSlo,
  SloError,
  type Candidate,
  type Issue,
  type Measurement,
  type RecentEvaluation,
  type Slo,
} from '../../slo/index.ts'
import { isK6, readK6 } from '../evaluation/k6-summary.ts'
import { nameOf, readText } from './files.ts'
import { checked, readJson } from './json.ts'
import {
  areEvents,
  nameOfRecorded,
  readEarlierEvents,
  readEvents,
  timeOf,
  type RecordedEvaluation,
} from './commands/keptn-events.ts'
import { usageError, type CommandError, type Terminal } from './terminal.ts'

/** Offline nobody answers: values are simply given. */
const given = 'given'

const finite = z.number({ error: 'must be a finite number, or null where nothing was measured' })
const words = z.string({ error: 'must be a string' })

/** A value of the recorded form; without a value or with `success: false` it was not measured. */
const Delivered = z.strictObject(
  {
    metric: words,
    value: finite.nullish(),
    success: z.boolean({ error: 'must be true or false' }).optional(),
    message: words.nullish(),
    comparedValue: finite.nullish(),
  },
  {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `${issue.keys.join(', ')} is not known: metric, value, success, message and comparedValue are`
        : 'must be an object such as {"metric": "error_rate", "value": 0.3, "success": true}',
  },
)
type Delivered = z.infer<typeof Delivered>

const List = z.array(Delivered.nullable())
const Flat = z.record(z.string(), finite.nullable())
const expectedValues =
  'an object such as {"error_rate": 0.3}, a list such as [{"metric": "error_rate", "value": 0.3}], a k6 summary, or recorded events of Keptn'
const expectedHistory = `a list of earlier evaluations, newest first, each ${expectedValues}`

export interface ReadSlo {
  readonly text: string
  readonly content: Slo
}

export async function readSlo(file: string, terminal: Terminal): Promise<ReadSlo> {
  const text = await readText(file, terminal)
  const content = checkedSlo(text, file)
  // A server without a project.yaml that says otherwise refuses these too.
  if (content.misspelt.length > 0) throw refusedSlo(file, content.misspelt)
  return { text, content }
}

function checkedSlo(text: string, file: string): Slo {
  try {
    return parseSlo(text)
  } catch (error) {
    if (!(error instanceof SloError)) throw error
    throw refusedSlo(file, [...error.issues, ...error.misspelt])
  }
}

function refusedSlo(file: string, issues: readonly Issue[]): CommandError {
  const lines = issues.toSorted(byPlace).map(({ line, column, message, fix }) => {
    const told = `${nameOf(file)}:${line}:${column}: ${message}`
    return fix === undefined ? told : `${told}; fix: ${fix}`
  })
  return usageError(lines.join('\n'))
}

export interface GivenValues {
  readonly measurements: readonly Measurement[]
  /** A tool wrote every value it has; otherwise, whoever wrote the file chose them. */
  readonly isReport: boolean
  /** The recorded event that they come from, if any. */
  readonly recorded: RecordedEvaluation | undefined
}

/** Values that were measured elsewhere, one measurement for each. */
export async function readMeasurements(file: string, terminal: Terminal): Promise<GivenValues> {
  const json = await readJson(file, expectedValues, terminal)
  const { values, recorded } = givenIn(json, file, terminal)
  return { measurements: values.map(toMeasurement), isReport: isK6(json), recorded }
}

/** The same for a request, which takes a report as it is. */
export async function readPushed(file: string, terminal: Terminal): Promise<object> {
  const json = await readJson(file, expectedValues, terminal)
  const { values } = givenIn(json, file, terminal)
  if (isK6(json)) return { indicatorsFrom: { format: 'k6', content: json } }
  const measured = values.filter(({ value, success }) => isMeasured(value, success))
  return { indicators: measured.map(({ metric, value }) => ({ metric, value: value ?? 0 })) }
}

/**
 * Earlier evaluations, newest first, named by how many builds ago they were, or by their event. Of events, those that are not
 * earlier than the one that is judged are left out.
 */
export async function readHistory(
  file: string,
  terminal: Terminal,
  judged?: RecordedEvaluation,
): Promise<readonly RecentEvaluation[]> {
  const json = await readJson(file, expectedHistory, terminal)
  if (areEvents(json)) return recordedHistory(readEarlierEvents(json, nameOf(file)), file, terminal, judged)
  if (!Array.isArray(json)) throw usageError(`${nameOf(file)} must hold ${expectedHistory}`)
  return json.map((values: unknown, place) => ({
    id: `${place + 1} ${place === 0 ? 'build' : 'builds'} ago`,
    result: 'pass',
    values: earlierValues(deliveredIn(values ?? [], `${nameOf(file)} [${place}]`)),
  }))
}

function recordedHistory(
  evaluations: readonly RecordedEvaluation[],
  file: string,
  terminal: Terminal,
  judged: RecordedEvaluation | undefined,
): readonly RecentEvaluation[] {
  const earlier =
    judged === undefined
      ? evaluations
      : evaluations.filter((evaluation) => evaluation.id !== judged.id && timeOf(evaluation) < timeOf(judged))
  const left = evaluations.length - earlier.length
  if (left > 0) {
    terminal.say(
      `${nameOf(file)}: ${left} of ${evaluations.length} evaluations left out: not earlier than the one that is judged`,
    )
  }
  return earlier.map((evaluation) => ({
    id: nameOfRecorded(evaluation),
    result: evaluation.result,
    build: buildOf(evaluation.labels),
    values: earlierValues(evaluation.values),
  }))
}

function earlierValues(values: readonly Delivered[]): Candidate['values'] {
  return values.flatMap(({ metric, value, success }) =>
    isMeasured(value, success) ? [{ provider: given, name: metric, definition: null, value: value ?? 0 }] : [],
  )
}

/** The newest of several recorded evaluations, with a note. */
function givenIn(
  json: unknown,
  file: string,
  terminal: Terminal,
): { readonly values: readonly Delivered[]; readonly recorded: RecordedEvaluation | undefined } {
  const place = nameOf(file)
  if (!areEvents(json)) return { values: deliveredIn(json, place), recorded: undefined }
  const evaluations = readEvents(json, place)
  const [newest] = evaluations
  if (newest === undefined) return { values: [], recorded: undefined }
  if (evaluations.length > 1) {
    terminal.say(`${place} contains ${evaluations.length} evaluations: judging the newest, ${nameOfRecorded(newest)}`)
  }
  if (newest.values.length === 0) {
    const why = newest.message === '' ? '' : `: ${newest.message}`
    terminal.say(`${place}: ${nameOfRecorded(newest)} has no values${why}`)
  }
  return { values: newest.values, recorded: newest }
}

function deliveredIn(json: unknown, place: string): readonly Delivered[] {
  if (Array.isArray(json)) return checked(List, json, place).filter((value) => value !== null)
  if (isK6(json)) return reportedIn(json, place)
  if (typeof json !== 'object' || json === null) throw usageError(`${place} must hold ${expectedValues}`)
  return Object.entries(checked(Flat, json, place)).map(([metric, value]) => ({ metric, value }))
}

function reportedIn(json: unknown, place: string): readonly Delivered[] {
  const read = readK6(json)
  if (read.kind === 'read') return read.values
  throw usageError(read.mistakes.map(({ path, message }) => `${place} ${path.join('.')}: ${message}`).join('\n'))
}

/** In the recorded form a missing `success` is false only where the value is missing, too. */
function isMeasured(value: number | null | undefined, success: boolean | undefined): boolean {
  return success ?? (value !== null && value !== undefined)
}

function toMeasurement({ metric, value, success, message }: Delivered): Measurement {
  const asked = { indicator: metric, provider: given, name: metric, definition: null, query: null, warnings: [] }
  if (isMeasured(value, success)) return { ...asked, kind: 'measured', value: value ?? 0 }
  return { ...asked, kind: 'missing', outcome: 'no_data', message: message ?? 'No value was given.' }
}
