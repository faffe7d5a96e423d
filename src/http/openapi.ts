import type { SwaggerTransformObject } from '@fastify/swagger'

type Document = ReturnType<SwaggerTransformObject>

const problemAnswer = {
  description: 'A problem (RFC 9457): its `code` names it, `errors` has every mistake.',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
}

const tooMuchAnswer = {
  ...problemAnswer,
  description: 'More than one project, token or client may have at once: send it again after `Retry-After`.',
  headers: { 'Retry-After': { description: 'In seconds', schema: { type: 'integer' as const } } },
}

/** What is refused while one caller has too much of it. */
const limited = [
  ['/v1/projects/{project}/stages/{stage}/services/{service}/evaluations', 'post'],
  ['/v1/events', 'post'],
  ['/v1/events/stream', 'get'],
] as const

/**
 * Adds to every operation the shape of its errors, and leaves out the schemas that nothing refers to: the library writes
 * each one twice, as what comes in and as what goes out.
 */
export function finishDocument(document: Document): Document {
  for (const path of Object.values(document.paths ?? {})) {
    for (const operation of [path?.get, path?.post, path?.patch, path?.delete]) {
      if (operation?.responses) operation.responses['default'] = problemAnswer
    }
  }
  for (const [path, method] of limited) {
    const responses = document.paths?.[path]?.[method]?.responses
    if (responses) responses['429'] = tooMuchAnswer
  }
  const schemas = ('components' in document && document.components?.schemas) || {}
  let unused: readonly string[]
  do {
    // What only an unused one refers to is found in the next round.
    const text = JSON.stringify(document)
    unused = Object.keys(schemas).filter((name) => !text.includes(`"#/components/schemas/${name}"`))
    for (const name of unused) Reflect.deleteProperty(schemas, name)
  } while (unused.length > 0)
  return document
}
