/** What came back, whatever its status. */
export interface HttpReply {
  readonly status: number
  /** Empty when the header is missing, like the next. */
  readonly contentType: string
  readonly retryAfter: string
  readonly isJson: boolean
  readonly body: string
  /** Requests that it took, this one included; 1 without. */
  readonly attempts?: number
}
