import type { SwaggerTransformObject } from '@fastify/swagger'
import { errorResponses } from './errors.ts'
import { eventsBody, eventSchema } from './events.ts'
import { answerExamples, idExamples, parameterExamples, requestExamples } from './examples.ts'
import { headersOf, requestHeaders } from './headers.ts'
import { operations, type Answer, type Operation } from './operations.ts'

type Document = ReturnType<SwaggerTransformObject>

/** What an operation has from its route. */
interface Described {
  readonly parameters?: readonly object[]
  readonly requestBody?: object
  readonly responses?: Readonly<Record<string, object | undefined>>
}

/** An answer beyond those that an operation names, such as one of a proxy. */
const otherAnswer = {
  description: 'Any other error, such as one of a defect (500, `internal`) or of a proxy.',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
}

/**
 * Completes what the library makes of the routes: ids, headers, examples, links and errors of each operation. Leaves out the schemas
 * that nothing refers to: the library writes each one twice, as what comes in and as what goes out. Throws when a route is not in
 * the table of operations.
 */
export function finishDocument(document: Document): Document {
  const schemas = ('components' in document && document.components?.schemas) || {}
  Object.assign(schemas, { Event: eventSchema })
  for (const [path, { get, post, patch, delete: remove }] of Object.entries(document.paths ?? {})) {
    for (const [method, described] of Object.entries({ get, post, patch, delete: remove })) {
      if (described === undefined) continue
      const operation = operations[`${method} ${path}`]
      if (operation === undefined) throw new Error(`src/http/openapi/operations.ts does not have ${method} ${path}`)
      Object.assign(described, completed(described, operation, { method, path, schemas }))
    }
  }
  dropUnused(document, schemas)
  return document
}

interface Place {
  readonly method: string
  readonly path: string
  readonly schemas: object
}

function completed(described: Described, operation: Operation, { method, path, schemas }: Place): object {
  const body = operation.id === 'sendEvents' ? eventsBody : bodyOf(described, operation, schemas)
  const errors = {
    isGuarded: operation.isOpen !== true,
    isWriting: method !== 'get',
    hasParameters: path.includes('{'),
    own: operation.errors,
  }
  return {
    operationId: operation.id,
    ...(operation.isOpen === true && { security: [{}] }),
    parameters: [
      ...(described.parameters ?? []).map((parameter) => withExample(parameter, path)),
      ...(operation.sends ?? []).map((name) => ({ in: 'header', name, required: false, ...requestHeaders[name] })),
    ],
    ...(body && { requestBody: body }),
    responses: {
      ...Object.fromEntries(
        Object.entries(operation.answers).map(([status, answer]) => [
          status,
          success(described.responses?.[status], answer, answerExamples[operation.id]?.[Number(status)]),
        ]),
      ),
      ...errorResponses(errors),
      default: otherAnswer,
    },
  }
}

function withExample(parameter: object, path: string): object {
  if (!('name' in parameter) || typeof parameter.name !== 'string') return parameter
  const [, , resource = ''] = path.split('/')
  const example = parameter.name === 'id' ? idExamples[resource] : parameterExamples[parameter.name]
  return { ...parameter, example }
}

/** A body that may be `null` may be left out. */
function bodyOf({ requestBody }: Described, { id }: Operation, schemas: object): object | undefined {
  if (requestBody === undefined) return undefined
  const content = 'content' in requestBody && isObject(requestBody.content) ? requestBody.content : {}
  const media = Object.entries(content).map(([type, of]) => [
    type,
    { ...(isObject(of) ? of : {}), example: requestExamples[id] },
  ])
  return { required: !mayBeNull(content, schemas), content: Object.fromEntries(media) }
}

function mayBeNull(content: object, schemas: object): boolean {
  const name = /"#\/components\/schemas\/(\w+)"/.exec(JSON.stringify(content))?.[1]
  const schema: unknown = name !== undefined && name in schemas ? Reflect.get(schemas, name) : undefined
  if (!isObject(schema) || !('anyOf' in schema) || !Array.isArray(schema.anyOf)) return false
  return schema.anyOf.some((one: unknown) => isObject(one) && 'type' in one && one.type === 'null')
}

function success(response: object = {}, answer: Answer, example: unknown): object {
  const { description, headers = [], possible = [], links, stream } = answer
  const written = 'content' in response && isObject(response.content) ? response.content : undefined
  const content = stream === undefined ? written : { [stream]: { schema: { type: 'string' } } }
  return {
    ...response,
    description,
    ...(headers.length + possible.length > 0 && { headers: headersOf(headers, possible) }),
    ...(content && {
      content: Object.fromEntries(
        Object.entries(content).map(([type, of]) => [type, { ...(isObject(of) ? of : {}), example }]),
      ),
    }),
    ...(links && { links }),
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function dropUnused(document: Document, schemas: object): void {
  let unused: readonly string[]
  do {
    // What only an unused one refers to is found in the next round.
    const text = JSON.stringify(document)
    unused = Object.keys(schemas).filter((name) => !text.includes(`"#/components/schemas/${name}"`))
    for (const name of unused) Reflect.deleteProperty(schemas, name)
  } while (unused.length > 0)
}
