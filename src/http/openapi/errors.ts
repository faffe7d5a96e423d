import { errorCodes, type ErrorCode } from '../../base/errors.ts'
import { headersOf, type ResponseHeader } from './headers.ts'
import { statusOf } from '../problem.ts'

/** What answers with an error: every request, every one below a token, one that may have a body, or what an operation names itself. */
type Scope = 'every' | 'guarded' | 'writing' | 'parameters' | 'operation' | 'defect'

/** Where each error is met; the compiler keeps it total. */
const scopeOf = {
  bad_request: 'every',
  headers_too_large: 'every',
  request_timeout: 'every',
  method_not_allowed: 'every',
  unauthorized: 'guarded',
  too_many_wrong_tokens: 'guarded',
  misdirected_request: 'guarded',
  database_unavailable: 'guarded',
  cross_origin: 'writing',
  unreadable_body: 'writing',
  body_too_large: 'writing',
  unsupported_media_type: 'writing',
  route_not_found: 'parameters',
  invalid_request: 'operation',
  invalid_event: 'operation',
  invalid_window: 'operation',
  invalid_cursor: 'operation',
  invalid_query: 'operation',
  slo_invalid: 'operation',
  sli_invalid: 'operation',
  project_invalid: 'operation',
  slo_not_found: 'operation',
  stage_not_found: 'operation',
  service_not_found: 'operation',
  evaluation_not_found: 'operation',
  provider_not_found: 'operation',
  subscription_not_found: 'operation',
  delivery_not_found: 'operation',
  subscription_in_file: 'operation',
  too_many_subscriptions: 'operation',
  signing_secret_missing: 'operation',
  evaluation_ended: 'operation',
  evaluation_not_ended: 'operation',
  commit_unreadable: 'operation',
  inline_slo_denied: 'operation',
  pushed_over_measured: 'operation',
  idempotency_key_reused: 'operation',
  queue_full: 'operation',
  signature_invalid: 'operation',
  invalidation_denied: 'operation',
  secret_unavailable: 'operation',
  shutting_down: 'operation',
  too_many_streams: 'operation',
  too_many_streams_of_client: 'operation',
  internal: 'defect',
} as const satisfies Record<ErrorCode, Scope>

/** The errors that an operation names itself. */
export type OwnError = {
  [Code in ErrorCode]: (typeof scopeOf)[Code] extends 'operation' | 'guarded' ? Code : never
}[ErrorCode]

export interface Errors {
  readonly isGuarded: boolean
  readonly isWriting: boolean
  readonly hasParameters: boolean
  readonly own: readonly OwnError[]
}

/** By their status, the responses of an operation that are errors. */
export function errorResponses(errors: Errors): Record<string, object> {
  const codes = errorCodes.filter((code) => isMet(code, errors))
  const statuses = [...new Set(codes.map((code) => statusOf[code]))]
  const responseOf = (status: number) =>
    problemResponse(
      status,
      codes.filter((code) => statusOf[code] === status),
    )
  return Object.fromEntries(statuses.map((status) => [status, responseOf(status)]))
}

function isMet(code: ErrorCode, { isGuarded, isWriting, hasParameters, own }: Errors): boolean {
  const scope: Scope = scopeOf[code]
  switch (scope) {
    case 'every':
      return true
    case 'guarded':
      return isGuarded || own.some((one) => one === code)
    case 'writing':
      return isWriting
    case 'parameters':
      return hasParameters
    case 'operation':
      return own.some((one) => one === code)
    case 'defect':
      return false
  }
}

/** Headers that every response of this status has. */
const certain: Readonly<Record<number, readonly ResponseHeader[]>> = {
  405: ['Allow'],
  429: ['Retry-After'],
  503: ['Retry-After'],
}

/** Headers that some of its responses have. */
const possible: Readonly<Record<number, readonly ResponseHeader[]>> = {
  401: ['WWW-Authenticate'],
  415: ['Accept-Encoding'],
}

function problemResponse(status: number, codes: readonly string[]): object {
  const narrowed = { properties: { status: { const: status }, code: { enum: codes } } }
  return {
    description:
      `A problem (RFC 9457), by its \`code\`: ${codes.map((code) => `\`${code}\``).join(', ')}. ${remarks[status] ?? ''}`.trim(),
    headers: headersOf(certain[status] ?? [], possible[status] ?? []),
    content: {
      'application/problem+json': { schema: { allOf: [{ $ref: '#/components/schemas/Problem' }, narrowed] } },
    },
  }
}

const remarks: Readonly<Record<number, string>> = {
  405: 'Only for the methods that the path does not have.',
  422: '`errors` has every mistake with its place; those that no schema can rule out have codes other than `invalid_value`, `unknown_field` and `missing`.',
}
