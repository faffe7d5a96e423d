import type { Answer } from '../answer.ts'

/** One of the APIs of an environment. */
export interface Api {
  /** Keptn's name for it, in messages. */
  readonly name: string
  /** The token scope that it requires. */
  readonly scope: string
}

/** One request to an API. */
export interface Call {
  readonly api: Api
  /** Below the environment's base URL, encoded. */
  readonly path: string
  readonly parameters: Readonly<Record<string, string>>
}

export interface Answered {
  readonly answer: Answer
  /** The call that it came from. */
  readonly call: Call
}

/** Half open, `start` < `end`. */
export interface Window {
  readonly start: Date
  readonly end: Date
}

/** The path with its parameters, sorted by name. */
export function pathOf({ path, parameters }: Call): string {
  const sorted = Object.entries(parameters).toSorted(([one], [other]) => (one < other ? -1 : 1))
  const query = new URLSearchParams(sorted).toString()
  return query === '' ? path : `${path}?${query}`
}

/** Whole seconds, in milliseconds, as Keptn sends them. */
export function timestampOf(time: Date): string {
  return String(Math.floor(time.getTime() / 1000) * 1000)
}

/** The window in the form that most of the APIs use. */
export function timesOf({ start, end }: Window): { readonly from: string; readonly to: string } {
  return { from: timestampOf(start), to: timestampOf(end) }
}
