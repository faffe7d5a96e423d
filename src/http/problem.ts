import { STATUS_CODES } from 'node:http'
import { z } from 'zod'
import { PharosError, type ErrorCode, type Mistake } from '../base/errors.ts'
import { mistakesOf } from '../base/mistakes.ts'

/** HTTP's word for each of ours; the compiler keeps it total. */
export const statusOf = {
  bad_request: 400,
  unreadable_body: 400,
  invalid_request: 422,
  invalid_event: 422,
  invalid_window: 422,
  invalid_cursor: 400,
  invalid_query: 400,
  slo_invalid: 422,
  sli_invalid: 422,
  project_invalid: 422,
  slo_not_found: 404,
  stage_not_found: 404,
  service_not_found: 404,
  evaluation_not_found: 404,
  provider_not_found: 404,
  subscription_not_found: 404,
  delivery_not_found: 404,
  subscription_in_file: 409,
  too_many_subscriptions: 409,
  signing_secret_missing: 422,
  evaluation_ended: 409,
  evaluation_not_ended: 409,
  route_not_found: 404,
  method_not_allowed: 405,
  misdirected_request: 421,
  request_timeout: 408,
  headers_too_large: 431,
  commit_unreadable: 422,
  inline_slo_denied: 422,
  pushed_over_measured: 422,
  idempotency_key_reused: 422,
  queue_full: 429,
  unauthorized: 401,
  too_many_wrong_tokens: 429,
  cross_origin: 403,
  signature_invalid: 401,
  invalidation_denied: 403,
  body_too_large: 413,
  unsupported_media_type: 415,
  secret_unavailable: 503,
  database_unavailable: 503,
  shutting_down: 503,
  too_many_streams: 503,
  too_many_streams_of_client: 429,
  internal: 500,
} as const satisfies Record<ErrorCode, number>

const MistakeWire = z.object({
  pointer: z.string().optional().describe('JSON pointer into the request body'),
  code: z.string(),
  message: z.string(),
  file: z.string().optional().describe('Path below the definitions root'),
  line: z.int().optional().describe('From 1'),
  column: z.int().optional().describe('From 1'),
  fix: z.string().optional().describe('What to write instead'),
})

/** RFC 9457, with our code and every mistake at once. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int().min(400).max(599),
    code: z.string(),
    detail: z.string(),
    instance: z.string(),
    errors: z.array(MistakeWire),
  })
  .meta({ id: 'Problem' })

/** The problem document of an error, for the path it happened at. */
export function toProblem(error: PharosError, instance: string): z.infer<typeof Problem> {
  const status = statusOf[error.code]
  return {
    type: `urn:pharos:problem:${error.code}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    code: error.code,
    detail: error.message,
    instance,
    errors: told(error.mistakes),
  }
}

/** Of more nobody reads the rest, and an answer must not be larger than what it answers. */
const mistakesMax = 100

function told(mistakes: readonly Mistake[]): Mistake[] {
  const more = mistakes.length - mistakesMax
  if (more <= 0) return [...mistakes]
  return [...mistakes.slice(0, mistakesMax), { code: 'more', message: `and ${more} more of these` }]
}

/** A failed zod parse of a request's part as one error that names each place. */
export function invalidRequest(error: z.core.$ZodError, part: string): PharosError {
  return new PharosError('invalid_request', `the request's ${part} is not valid`, { mistakes: mistakesOf(error) })
}
