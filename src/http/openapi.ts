import type { SwaggerTransformObject } from '@fastify/swagger'

type Document = ReturnType<SwaggerTransformObject>

const problemAnswer = {
  description: 'A problem (RFC 9457): its `code` names it, `errors` has every mistake.',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
}

/** Adds to every operation what the schemas of its routes do not say: the shape of its errors. */
export function documentProblems(document: Document): Document {
  for (const path of Object.values(document.paths ?? {})) {
    for (const operation of [path?.get, path?.post]) {
      if (operation?.responses) operation.responses['default'] = problemAnswer
    }
  }
  return document
}
