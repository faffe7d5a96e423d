import {
  array,
  boolean,
  constant,
  constantFrom,
  dictionary,
  double,
  integer,
  jsonValue,
  oneof,
  option,
  record,
  string,
  stringMatching,
  uuid,
  type Arbitrary,
} from 'fast-check'
import type { ApiDocument, Check, Schema } from '../support/openapi.ts'

/** Values that a schema of the document allows. */
export type ValuesOf = (schema: Schema) => Arbitrary<unknown>

/** How deep alternatives and lists go before only the simplest is made. */
const depthMax = 6

/** `url`: where addresses that the service will send to may lead. */
export function valuesOf(document: ApiDocument, check: Check, url: string): ValuesOf {
  const known = new Map<Schema, Arbitrary<unknown>>()
  const valid: ValuesOf = (schema) => {
    const found = known.get(schema) ?? made(schema, depthMax).filter((value) => check(schema, value).length === 0)
    known.set(schema, found)
    return found
  }
  return valid

  function made(schema: Schema, depth: number): Arbitrary<unknown> {
    const { $ref, enum: words, const: only, anyOf, oneOf, allOf, type, ...rest } = schema
    if (typeof $ref === 'string') return made(resolved($ref), depth)
    if (Array.isArray(words)) return constantFrom(...words)
    if (only !== undefined) return constant(only)
    if (Array.isArray(type)) return oneof(...type.map((one) => made({ ...rest, type: one }, depth)))
    const branches = [anyOf, oneOf].filter(Array.isArray).flat()
    if (branches.length > 0)
      return oneof(...branches.map((branch: Schema) => made({ type, ...rest, ...merged(rest, branch) }, depth - 1)))
    if (Array.isArray(allOf) && type === undefined) return made(Object.assign({}, rest, ...allOf), depth)
    return ofType(type, rest, depth)
  }

  function resolved(reference: string): Schema {
    const name = reference.split('/').at(-1) ?? ''
    const schema = document.components.schemas[name]
    if (schema === undefined) throw new Error(`the document refers to ${reference}, which it does not have`)
    return schema
  }

  function ofType(type: unknown, schema: Schema, depth: number): Arbitrary<unknown> {
    if (type === 'null') return constant(null)
    if (type === 'boolean') return boolean()
    if (type === 'integer') return integer(range(schema, { min: -1_000, max: 1_000 }))
    if (type === 'number')
      return oneof(integer({ min: -10, max: 10 }), double({ noNaN: true, noDefaultInfinity: true }))
    if (type === 'string') return texts(schema, url)
    if (type === 'array') return depth < 0 ? constant([]) : lists(schema, depth)
    if (type === 'object' || 'properties' in schema || 'required' in schema) return objects(schema, depth)
    return jsonValue({ maxDepth: 1 })
  }

  function lists({ items, minItems, maxItems }: Schema, depth: number): Arbitrary<unknown> {
    const minLength = typeof minItems === 'number' ? minItems : 0
    const maxLength = Math.min(typeof maxItems === 'number' ? maxItems : 3, minLength + 3)
    return array(made(isSchema(items) ? items : {}, depth - 1), { minLength, maxLength })
  }

  function objects(
    { properties = {}, required, additionalProperties, propertyNames }: Schema,
    depth: number,
  ): Arbitrary<unknown> {
    const names = Array.isArray(required) ? required : []
    const fields = Object.entries(isSchema(properties) ? properties : {})
    const wanted = depth < 0 ? fields.filter(([name]) => names.includes(name)) : fields
    const fixed = record(
      Object.fromEntries(wanted.map(([name, schema]) => [name, made(isSchema(schema) ? schema : {}, depth - 1)])),
      { requiredKeys: names.filter((name) => wanted.some(([field]) => field === name)) },
    )
    if (!isSchema(additionalProperties) || depth < 0) return fixed
    const key = isSchema(propertyNames) ? texts(propertyNames, url) : string({ minLength: 1, maxLength: 12 })
    const isSafe = (name: string): boolean => name !== '__proto__'
    const more = dictionary(key.filter(isSafe), made(additionalProperties, depth - 1), { maxKeys: 3 })
    return option(more, { nil: {} }).chain((others) => fixed.map((own) => ({ ...others, ...own })))
  }
}

function merged(base: Schema, branch: Schema): Schema {
  if (!isSchema(base['properties']) || !isSchema(branch['properties'])) return branch
  const both = Object.entries(branch['properties']).map(([name, schema]) => [
    name,
    { ...property(base, name), ...(isSchema(schema) ? schema : {}) },
  ])
  return { ...branch, properties: { ...base['properties'], ...Object.fromEntries(both) } }
}

function property({ properties }: Schema, name: string): Schema {
  const found = isSchema(properties) ? properties[name] : undefined
  return isSchema(found) ? found : {}
}

function range({ minimum, maximum }: Schema, { min, max }: { readonly min: number; readonly max: number }) {
  return {
    min: typeof minimum === 'number' && Number.isSafeInteger(minimum) ? Math.max(minimum, -2_000_000_000) : min,
    max: typeof maximum === 'number' && Number.isSafeInteger(maximum) ? Math.min(maximum, 2_000_000_000) : max,
  }
}

/** Those of their pattern and their length, the longest among them. */
function texts(schema: Schema, url: string): Arbitrary<string> {
  const { pattern, format, minLength, maxLength } = schema
  if (format === 'iri') return integer({ min: 0, max: 9 }).map((n) => `${url}/${n}`)
  if (format === 'uuid') return uuid()
  if (format === 'date-time') return recentTimes
  if (maxLength === 0) return constant('')
  const structured = typeof pattern === 'string' && !pattern.startsWith('^[^') ? patterned(pattern) : undefined
  const min = typeof minLength === 'number' ? minLength : 0
  const max = typeof maxLength === 'number' ? maxLength : 200
  const free = oneof(
    { weight: 8, arbitrary: string({ unit: 'grapheme', minLength: min, maxLength: Math.min(max, min + 12) }) },
    { weight: 1, arbitrary: constantFrom('x'.repeat(max), '🚀'.repeat(max)) },
  )
  if (structured === undefined) return free
  const isTime = typeof pattern === 'string' && pattern.includes(String.raw`\d{4}-`)
  return isTime ? oneof(structured, recentTimes) : structured
}

/** Whole minutes of the last day. */
const recentTimes = integer({ min: 1, max: 1_440 }).map((minutes) =>
  new Date(Math.floor(Date.now() / 60_000 - minutes) * 60_000).toISOString(),
)

/** Undefined for a pattern with parts that cannot be turned around. */
function patterned(pattern: string): Arbitrary<string> | undefined {
  try {
    return stringMatching(new RegExp(pattern, 'u'))
  } catch {
    return undefined
  }
}

export function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
