/** A reply with any status. */
export interface HttpReply {
  readonly status: number
  /** Empty if the header is missing, as is `retryAfter`. */
  readonly contentType: string
  readonly retryAfter: string
  readonly isJson: boolean
  readonly body: string
  /** How many requests it took, including this one; 1 if absent. */
  readonly attempts?: number
}
