import type { Coverage, MissingOutcome, PartialData } from '../slo/index.ts'

/** The outcome of one query: a finite number, or a named outcome with a sentence. */
export type Answer = MeasuredAnswer | MissingAnswer

interface MeasuredAnswer {
  readonly outcome: 'measured'
  readonly value: number
  readonly partial?: PartialData
  readonly coverage?: Coverage
  readonly warnings: readonly string[]
}

export interface MissingAnswer {
  readonly outcome: MissingOutcome
  readonly message: string
  readonly warnings: readonly string[]
}

export function missing(outcome: MissingOutcome, message: string, warnings: readonly string[] = []): MissingAnswer {
  return { outcome, message, warnings }
}

const excerptMax = 120
const noteMax = 500

/** The beginning of a foreign body, without tags, for an error message. */
export function excerpt(body: string): string {
  return shortened(body.slice(0, 100 * excerptMax).replace(/<[^<>]*>/g, ' '), excerptMax)
}

const notesMax = 20

/** A server's remarks, one line each, up to a readable number. */
export function shortenedAll(notes: readonly string[]): readonly string[] {
  const shown = notes.slice(0, notesMax).map((note) => shortened(note))
  return notes.length > notesMax ? [...shown, `and ${notes.length - notesMax} more`] : shown
}

/** A foreign sentence as a single line, without control characters, truncated if too long. */
export function shortened(sentence: string, lengthMax: number = noteMax): string {
  const line = sentence
    .slice(0, 100 * lengthMax)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
  return line.length > lengthMax ? `${line.slice(0, lengthMax)}…` : line
}
