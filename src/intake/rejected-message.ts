/** A message that a stream brought and that will never be understood. */
export interface TerminatedMessage {
  readonly stream: string
  readonly sequence: number
  readonly publishedAt: Date
  readonly subject: string
  /** Of the error that it met. */
  readonly code: string
  /** Sentences, one for each mistake. */
  readonly reason: string
  /** Its beginning. */
  readonly body: Uint8Array
}
