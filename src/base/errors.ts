/** Every way a caller can be wrong, or the service unable to answer. src/http/problem.ts maps each to a status. */
export const errorCodes = [
  'bad_request',
  'unreadable_body',
  'invalid_request',
  'invalid_event',
  'invalid_window',
  'invalid_cursor',
  'invalid_query',
  'slo_invalid',
  'sli_invalid',
  'project_invalid',
  'slo_not_found',
  'stage_not_found',
  'service_not_found',
  'evaluation_not_found',
  'provider_not_found',
  'subscription_not_found',
  'delivery_not_found',
  'subscription_in_file',
  'too_many_subscriptions',
  'signing_secret_missing',
  'evaluation_ended',
  'evaluation_not_ended',
  'route_not_found',
  'method_not_allowed',
  'misdirected_request',
  'request_timeout',
  'headers_too_large',
  'commit_unreadable',
  'inline_slo_denied',
  'pushed_over_measured',
  'idempotency_key_reused',
  'queue_full',
  'unauthorized',
  'too_many_wrong_tokens',
  'cross_origin',
  'signature_invalid',
  'invalidation_denied',
  'body_too_large',
  'unsupported_media_type',
  'secret_unavailable',
  'database_unavailable',
  'shutting_down',
  'too_many_streams',
  'too_many_streams_of_client',
  'internal',
] as const
export type ErrorCode = (typeof errorCodes)[number]

/** One mistake, with its place: a JSON pointer into the request, or file, line and column (from 1). */
export interface Mistake {
  readonly code: string
  readonly message: string
  readonly pointer?: string
  readonly file?: string
  readonly line?: number
  readonly column?: number
  /** Of a finding that refuses nothing. */
  readonly severity?: string
  /** What to write instead. */
  readonly fix?: string
  /** The `sli` of the objective that it is about. */
  readonly indicator?: string
}

/** The caller is wrong, or the world is down in a way a caller must hear of. */
export class PharosError extends Error {
  readonly code: ErrorCode
  readonly mistakes: readonly Mistake[]

  constructor(code: ErrorCode, message: string, options: { mistakes?: readonly Mistake[]; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.name = 'PharosError'
    this.code = code
    this.mistakes = options.mistakes ?? []
  }
}

/** The service cannot start: its message is the one sentence `main` prints before it exits with 1. */
export class StartError extends Error {
  override readonly name = 'StartError'
}
