import { PharosError, type ErrorCode } from '../base/errors.ts'
import { limits } from './wire/requests.ts'

const codeOfFastify: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: 'unreadable_body',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'unreadable_body',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'unreadable_body',
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_EMPTY_TYPE: 'unsupported_media_type',
  FST_ERR_BAD_URL: 'route_not_found',
  FST_ERR_MAX_PARAM_LENGTH: 'route_not_found',
}

/** What a caller hears of an error: of what we did not expect, that it is in the log. */
export function toPharosError(
  error: Error & { readonly code?: string; readonly statusCode?: number },
  isUnavailable: (error: unknown) => boolean,
): PharosError {
  if (error instanceof PharosError) return error
  const code = codeOfFastify[error.code ?? '']
  if (code === 'unsupported_media_type') {
    return new PharosError(code, 'the body must be JSON: send "Content-Type: application/json"')
  }
  if (code === 'body_too_large') return new PharosError(code, `the body is larger than ${limits.bodyBytes} bytes`)
  if (code !== undefined) return new PharosError(code, error.message)
  if (isRefusedByFramework(error)) return new PharosError('bad_request', error.message)
  if (error instanceof SyntaxError) return new PharosError('unreadable_body', `the body is not JSON: ${error.message}`)
  if (isUnavailable(error)) {
    return new PharosError('database_unavailable', 'the database does not answer: try again', { cause: error })
  }
  return new PharosError('internal', 'an unexpected error: the log of the service has it', { cause: error })
}

/** The framework has more client errors than are named above. */
function isRefusedByFramework({ code, statusCode }: { readonly code?: string; readonly statusCode?: number }): boolean {
  return code?.startsWith('FST_') === true && statusCode !== undefined && statusCode < 500
}
