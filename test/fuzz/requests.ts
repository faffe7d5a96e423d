import type { ApiOperation, ApiParameter, Check } from '../support/openapi.ts'
import type { Draft } from './drafts.ts'
import { isObject } from './mutate.ts'
import type { Answer, Sent } from './send.ts'
import type { Validity } from './verdict.ts'

type Values = Readonly<Record<string, string | undefined>>

/** Parameters for an operation, as an answer's link names them. */
type Linked = Readonly<Record<string, string>>

export interface Pool {
  /** Parameters that an earlier answer has led to; none yet: those of the examples. */
  linked(draft: Draft): Linked
  /** Remembers where an answer leads to. */
  follow(operation: ApiOperation, sent: Linked, answer: Answer): void
}

/** Older subscriptions are removed while others are made. */
export const perOperationMax = 5

/** Where earlier answers lead, by operation, the newest ones. */
export function createPool(): Pool {
  const pool = new Map<string, Linked[]>()
  return {
    linked({ operation, link }) {
      const known = pool.get(operation.operationId) ?? []
      const parameters = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path')
      const examples = Object.fromEntries(parameters.map(({ name, example }) => [name, String(example)]))
      return { ...examples, ...known[link % Math.max(known.length, 1)] }
    },
    follow(operation, sent, answer) {
      if (answer.status >= 300 || answer.text === '') return
      const body: unknown = JSON.parse(answer.text)
      for (const { operationId, parameters } of Object.values(operation.responses[answer.status]?.links ?? {})) {
        const found = Object.entries(parameters).map(([name, expression]) => [name, valueAt(expression, body, sent)])
        if (found.some(([, value]) => typeof value !== 'string')) continue
        const known = pool.get(operationId) ?? []
        pool.set(operationId, [...known, Object.fromEntries(found)].slice(-perOperationMax))
      }
    },
  }
}

/** Of a runtime expression (OpenAPI 3.1, 4.8.20.4): in the body or among the parameters of the path. */
function valueAt(expression: string, body: unknown, sent: Linked): unknown {
  const [, name] = /^\$request\.path\.(\w+)$/.exec(expression) ?? []
  if (name !== undefined) return sent[name]
  const pointer = expression.replace('$response.body#/', '').split('/')
  return pointer.reduce<unknown>((value, step) => {
    if (Array.isArray(value)) return value[Number(step)]
    return isObject(value) ? value[step] : undefined
  }, body)
}

export interface Request {
  readonly sent: Sent
  readonly validity: Validity
  /** The parameters of its path. */
  readonly path: Linked
}

/** The request of a draft, and whether the document allows it. */
export function requestOf(draft: Draft, linked: Linked, check: Check, token: string | undefined): Request {
  const { operation, media, body, flaw } = draft
  const given = Object.fromEntries(Object.entries(draft.parameters).filter(([, value]) => value !== undefined))
  const values: Values = { ...linked, ...given }
  const of = (place: ApiParameter['in']) =>
    (operation.parameters ?? []).filter((one) => one.in === place && values[one.name] !== undefined)
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encoded(values[name] ?? ''))
  const query = of('query').map(({ name }) => `${name}=${encoded(values[name] ?? '')}`)
  const sent: Sent = {
    method: operation.method,
    path: query.length === 0 ? path : `${path}?${query.join('&')}`,
    headers: {
      ...Object.fromEntries(of('header').map(({ name }) => [name.toLowerCase(), values[name] ?? ''])),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(media !== undefined && { 'content-type': media }),
    },
    body: body && Buffer.from(JSON.stringify(body.value) ?? 'null'),
  }
  const pathParameters = Object.fromEntries(of('path').map(({ name }) => [name, values[name] ?? '']))
  if (flaw !== undefined) return { sent: flaw.apply(sent), validity: 'unknown', path: pathParameters }
  return { sent, validity: validityOf(draft, values, check), path: pathParameters }
}

function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll('.', '%2E')
}

function validityOf({ operation, media, body }: Draft, values: Values, check: Check): Validity {
  const schema = operation.requestBody?.content[media ?? '']?.schema
  if (schema?.['x-depends-on'] !== undefined) return 'unknown'
  for (const { name, schema: own, in: place } of operation.parameters ?? []) {
    const value = values[name]
    if (value === undefined) continue
    if (check(own, own['type'] === 'integer' ? numberOf(value) : received(value, place)).length > 0) return 'invalid'
  }
  // Binary mode is asked for by a header, whatever the body is.
  if (Object.keys(values).some((name) => name.startsWith('ce-'))) return 'unknown'
  if (body === undefined) return operation.requestBody?.required === true ? 'invalid' : 'valid'
  if (schema === undefined) return 'unknown'
  return check(schema, JSON.parse(JSON.stringify(body.value) ?? 'null')).length === 0 ? 'valid' : 'invalid'
}

/** White space around a header is not a part of it. */
function received(text: string, place: ApiParameter['in']): string {
  return place === 'header' ? text.trim() : text.toWellFormed()
}

function numberOf(text: string): unknown {
  return /^-?\d+$/.test(text) ? Number(text) : text
}
