import { operationsOf, type ApiDocument, type ApiOperation, type ApiResponse, type Check } from '../support/openapi.ts'
import { isObject } from './mutate.ts'
import type { Answer, Sent } from './send.ts'

/** Whether the document allows a request: `unknown` where it depends on what no schema can express. */
export type Validity = 'valid' | 'invalid' | 'unknown'

/** An answer means that the request was refused for its shape. */
const shapeCodes = [
  'bad_request',
  'unreadable_body',
  'unsupported_media_type',
  'invalid_request',
  'invalid_query',
  'invalid_event',
]
/** Of mistakes that a schema rules out. */
const shapeMistakes = ['invalid_value', 'unknown_field', 'missing']

export interface Judge {
  /** What is wrong with an answer; undefined when it is as the document says. */
  verdict(
    sent: Sent,
    answer: Answer,
    expected: { validity: Validity; leadsTo?: readonly number[] | undefined },
  ): string | undefined
  /** The operation of a request, as the document has it; HEAD is that of GET. */
  operationOf(sent: Pick<Sent, 'method' | 'path'>): (ApiOperation & { readonly path: string }) | undefined
}

export function judgeOf(document: ApiDocument, check: Check): Judge {
  const known = operationsOf(document).map((operation) => ({ operation, pattern: patternOf(operation.path) }))
  const named = new Set(
    operationsOf(document).flatMap(({ responses }) =>
      Object.values(responses).flatMap(({ headers = {} }) => Object.keys(headers).map((name) => name.toLowerCase())),
    ),
  )
  const pathOf = (sent: Pick<Sent, 'path'>): string => sent.path.split('?', 1)[0] ?? ''
  const operationOf: Judge['operationOf'] = (sent) => {
    const method = sent.method === 'HEAD' ? 'GET' : sent.method
    return known.find(({ operation, pattern }) => operation.method === method && pattern.test(pathOf(sent)))?.operation
  }
  return {
    operationOf,
    verdict(sent, answer, { validity, leadsTo }) {
      if (answer.status >= 500) return `${answer.status}: ${answer.text}`
      const operation = operationOf(sent)
      if (operation === undefined) return strayVerdict(sent, answer)
      const response = operation.responses[String(answer.status)]
      if (response === undefined)
        return `${answer.status} is not among the answers of ${operation.operationId}: ${answer.text}`
      return (
        headerMistake(answer, response) ??
        (sent.method === 'HEAD' ? undefined : contentMistake(answer, response)) ??
        expectationMistake(answer, validity, leadsTo)
      )
    },
  }

  /** Of a path or a method that the document does not have. */
  function strayVerdict(sent: Sent, answer: Answer): string | undefined {
    const isKnownPath = known.some(({ pattern }) => pattern.test(pathOf(sent)))
    const expected = isKnownPath ? [405, 400, 404, 431] : [404, 405, 400, 431]
    if (pathOf(sent) === '/openapi.json') return undefined
    if (!expected.includes(answer.status)) return `${answer.status} for a route that the document does not have`
    if (answer.status === 405 && typeof answer.headers['allow'] !== 'string') return '405 without Allow'
    if (sent.method === 'HEAD') return undefined
    return problemMistake(answer)
  }

  function problemMistake(answer: Answer): string | undefined {
    const schema = document.components.schemas['Problem'] ?? {}
    return contentMistake(answer, { description: '', content: { 'application/problem+json': { schema } } })
  }

  function headerMistake({ headers, status }: Answer, response: ApiResponse): string | undefined {
    const declared = new Map(
      Object.entries(response.headers ?? {}).map(([name, header]) => [name.toLowerCase(), header]),
    )
    for (const [name, { required, schema }] of declared) {
      const value = headers[name]
      if (value === undefined && required === true) return `${status} without the header ${name}`
      if (value === undefined) continue
      const wrong = check(schema, schema['type'] === 'integer' ? Number(value) : value)
      if (wrong.length > 0) return `${status}: the header ${name} is ${JSON.stringify(value)}: ${wrong[0]}`
    }
    const undeclared = Object.keys(headers).find((name) => named.has(name) && !declared.has(name))
    return undeclared === undefined ? undefined : `${status} has the header ${undeclared}, which is not declared for it`
  }

  function contentMistake({ status, headers, text }: Answer, { content }: ApiResponse): string | undefined {
    const type = String(headers['content-type'] ?? '').split(';')[0]
    if (content === undefined) return text === '' ? undefined : `${status} has a body, which is not declared: ${text}`
    const media = content[type ?? '']
    if (media === undefined)
      return `${status} is ${type || 'without a content type'}, not ${Object.keys(content).join(' or ')}`
    if (type === 'text/event-stream') return undefined
    const wrong = check(media.schema, JSON.parse(text))
    return wrong.length === 0
      ? undefined
      : `${status}: the body is not as its schema says: ${wrong.join('; ')}: ${text}`
  }
}

function expectationMistake(
  answer: Answer,
  validity: Validity,
  leadsTo: readonly number[] | undefined,
): string | undefined {
  if (leadsTo !== undefined && !leadsTo.includes(answer.status)) {
    return `${answer.status}, where ${leadsTo.join(' or ')} was expected: ${answer.text}`
  }
  const isAccepted = answer.status < 300 || answer.status === 412 || answer.status === 424
  if (validity === 'invalid' && isAccepted) return `${answer.status} for a request that the document calls invalid`
  if (validity === 'valid' && isShapeRefusal(answer))
    return `${answer.status} for a request that the document calls valid: ${answer.text}`
  return undefined
}

function isShapeRefusal({ status, text }: Answer): boolean {
  if (status < 400 || text === '') return false
  const problem: unknown = JSON.parse(text)
  if (!isObject(problem) || !shapeCodes.includes(String(problem['code']))) return false
  const errors = Array.isArray(problem['errors']) ? problem['errors'] : []
  return errors.length === 0 || errors.some((error) => isObject(error) && shapeMistakes.includes(String(error['code'])))
}

/** `/v1/evaluations/{id}` as a pattern of whole paths; a parameter may be empty, which is invalid. */
function patternOf(path: string): RegExp {
  const parts = path.split('/').map((part) => (part.startsWith('{') ? '[^/]*' : part.replaceAll('.', String.raw`\.`)))
  return new RegExp(`^${parts.join('/')}$`)
}
