import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

/** As much of an OpenAPI 3.1 document as a client needs. */
export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, ApiOperation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

export interface ApiOperation {
  readonly operationId: string
  readonly parameters?: readonly ApiParameter[]
  readonly requestBody?: { readonly required: boolean; readonly content: Readonly<Record<string, ApiMedia>> }
  readonly responses: Readonly<Record<string, ApiResponse>>
  readonly security?: readonly object[]
}

export interface ApiParameter {
  readonly in: 'path' | 'query' | 'header'
  readonly name: string
  readonly required?: boolean
  readonly schema: Schema
  readonly example?: unknown
}

export interface ApiMedia {
  readonly schema: Schema
  readonly example?: unknown
}

export interface ApiResponse {
  readonly description: string
  readonly headers?: Readonly<Record<string, { readonly required?: boolean; readonly schema: Schema }>>
  readonly content?: Readonly<Record<string, ApiMedia>>
  readonly links?: Readonly<Record<string, ApiLink>>
}

export interface ApiLink {
  readonly operationId: string
  readonly parameters: Readonly<Record<string, string>>
}

export interface Schema {
  readonly [keyword: string]: unknown
}

/** What is wrong with a value; empty when it is as its schema says. */
export type Check = (schema: Schema, value: unknown) => readonly string[]

/** Checks values against schemas of this document, texts that hold JSON (`contentSchema`) among them. */
export function schemaCheck({ components }: ApiDocument): Check {
  const ajv = new Ajv2020({ strict: false, allErrors: false, validateFormats: true })
  addFormats.default(ajv)
  ajv.addFormat('iri', true)
  ajv.removeKeyword('contentSchema')
  ajv.addKeyword({ keyword: 'contentSchema', type: 'string', compile: contentCheck(ajv) })
  ajv.addSchema({ $id: 'document', components }, 'document')
  const compiled = new WeakMap<Schema, ValidateFunction>()
  return (schema, value) => {
    const validate = compiled.get(schema) ?? ajv.compile(absolute(schema))
    compiled.set(schema, validate)
    if (validate(value)) return []
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath || 'it'} ${message}`)
  }
}

/** A text is decoded as `contentEncoding` says, which must be base64, and its JSON is checked. */
function contentCheck(ajv: Ajv2020) {
  return (schema: Schema, parent: Schema): ((text: string) => boolean) => {
    const validate = ajv.compile(absolute(schema))
    return (text) => {
      const json = parsed(parent['contentEncoding'] === 'base64' ? Buffer.from(text, 'base64').toString() : text)
      return json !== undefined && validate(json.value)
    }
  }
}

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

/** References begin at the document, wherever the schema is. */
function absolute(schema: Schema): Schema {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"document#/components/'))
}

/** Every operation with its place, in the order of the document. */
export function operationsOf({ paths }: ApiDocument): readonly (ApiOperation & { path: string; method: string })[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, path, method: method.toUpperCase() })),
  )
}
