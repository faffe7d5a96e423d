/** Something a reader should know that did not influence the result. */
export interface Warning {
  readonly code: string
  readonly message: string
  readonly [fact: string]: unknown
}
