import type { SwaggerTransformObject } from '@fastify/swagger'

type Document = ReturnType<SwaggerTransformObject>

const problemAnswer = {
  description: 'A problem (RFC 9457): its `code` names it, `errors` has every mistake.',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
}

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
