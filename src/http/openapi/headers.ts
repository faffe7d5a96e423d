import { idempotencyKeyPattern } from '../idempotency-key.ts'
import { waitMaxSeconds } from '../prefer.ts'
import { limits } from '../wire/requests.ts'

/** What a caller may send, by its name. */
export const requestHeaders = {
  Prefer: {
    description: `\`wait=N\` (RFC 7240): the answer may take up to N seconds, at most ${waitMaxSeconds}. What cannot be understood is ignored.`,
    schema: { type: 'string', maxLength: 1024 },
    example: 'wait=30',
  },
  'Idempotency-Key': {
    description: `For 30 days, the same request with the same key gets the evaluation that the first one started. A quoted string of at most ${limits.idempotencyKeyCharacters} characters of printable ASCII, as the draft of the IETF has it; without quotes it is the same key.`,
    schema: { type: 'string', pattern: idempotencyKeyPattern },
    example: '"build-1742"',
  },
  'Last-Event-ID': {
    description: 'The stream goes on right after the event with this id. Browsers send it when they connect again.',
    schema: { type: 'string', pattern: String.raw`^\d{0,18}$` },
    example: '1024',
  },
  'ce-specversion': ceHeader(
    'The version of CloudEvents. With it the body is the data of the event (binary mode).',
    '1.0',
  ),
  'ce-id': ceHeader('Binary mode: the id of the event, percent-encoded', '5f7c9a52-7c3c-4a6e-9a0f-0f6d2f1f9a11'),
  'ce-source': ceHeader('Binary mode: who sends it, percent-encoded', 'https://ci.example/pipelines/42'),
  'ce-type': ceHeader('Binary mode: the type of the event, percent-encoded', 'sh.keptn.event.evaluation.triggered'),
  'ce-time': ceHeader('Binary mode: when it happened', '2026-03-01T10:05:00Z'),
} as const

function ceHeader(description: string, example: string) {
  return { description, schema: { type: 'string', pattern: '^[ -~]*$' }, example }
}

/** What an answer may carry, by its name. */
export const responseHeaders = {
  Location: {
    description: 'The path of what was created or found, behind the path of `publicUrl` if it has one',
    schema: { type: 'string', format: 'uri-reference', pattern: '^(?:/[^?#]+)?/v1/' },
  },
  'Retry-After': {
    description: 'Seconds after which to try again',
    schema: { type: 'integer', minimum: 0 },
  },
  'Idempotency-Replayed': {
    description: 'The evaluation was started by an earlier request with the same `Idempotency-Key`',
    schema: { type: 'string', enum: ['true'] },
  },
  'Preference-Applied': {
    description: 'The preference that was honoured (RFC 7240), with its seconds as they counted',
    schema: { type: 'string', pattern: String.raw`^wait=\d+$` },
  },
  'WWW-Authenticate': {
    description: 'How to authenticate; absent where a signature was refused',
    schema: { type: 'string', enum: ['Bearer'] },
  },
  Allow: {
    description: 'The methods of this path',
    schema: { type: 'string', pattern: '^[A-Z]+(?:, [A-Z]+)*$' },
  },
  'Accept-Encoding': {
    description: 'Where a compressed body was refused: the only coding that is accepted',
    schema: { type: 'string', enum: ['identity'] },
  },
  'Cache-Control': {
    description: 'Nothing between the service and the caller may store the answer',
    schema: { type: 'string', enum: ['no-store'] },
  },
} as const

export type RequestHeader = keyof typeof requestHeaders
export type ResponseHeader = keyof typeof responseHeaders

/** The headers of a response; those in `certain` are always there, those in `possible` not. */
export function headersOf(certain: readonly ResponseHeader[], possible: readonly ResponseHeader[]): object {
  return Object.fromEntries([
    ...certain.map((name) => [name, { ...responseHeaders[name], required: true }]),
    ...possible.map((name) => [name, responseHeaders[name]]),
  ])
}
