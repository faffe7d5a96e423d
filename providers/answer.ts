import type { MissingOutcome, PartialData } from '../slo/index.ts'

/** What came of one query: a finite number, or a named outcome with a sentence. */
export type Answer = MeasuredAnswer | MissingAnswer

interface MeasuredAnswer {
  readonly outcome: 'measured'
  readonly value: number
  readonly partial?: PartialData
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

/** A foreign sentence in one line, without control characters, cut where it runs on. */
export function shortened(sentence: string, lengthMax: number = noteMax): string {
  const line = sentence.replace(/[\s\p{Cc}]+/gu, ' ').trim()
  return line.length > lengthMax ? `${line.slice(0, lengthMax)}…` : line
}
