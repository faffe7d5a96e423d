import {
  array,
  boolean,
  constant,
  constantFrom,
  integer,
  nat,
  oneof,
  option,
  record,
  string,
  type Arbitrary,
} from 'fast-check'
import { operationsOf, type ApiDocument, type ApiMedia, type ApiParameter } from '../support/openapi.ts'
import { flaws, type Flaw } from './flaws.ts'
import { isObject, mutated, type Mutation } from './mutate.ts'
import { isSchema, type ValuesOf } from './values.ts'

export type FuzzedOperation = ReturnType<typeof operationsOf>[number]

/** A request before links of earlier answers are followed. */
export interface Draft {
  readonly operation: FuzzedOperation
  /** Which of the known links to this operation to follow, modulo their number. */
  readonly link: number
  /** Parameters, over those of the link; undefined leaves an optional one out. */
  readonly parameters: Readonly<Record<string, string | undefined>>
  readonly media: string | undefined
  /** Undefined: none. */
  readonly body: { readonly value: unknown } | undefined
  readonly flaw: Flaw | undefined
}

/** Requests to any operation: most as the document says, the others with a change in their body or a flaw in their form. */
export function drafts(document: ApiDocument, valid: ValuesOf, isGuarded: boolean): Arbitrary<Draft> {
  return oneof(
    ...operationsOf(document).map((operation) => ({
      weight: weightOf(operation),
      arbitrary: draftOf(operation, valid, isGuarded),
    })),
  )
}

/** The more there is to go wrong, the more often. */
function weightOf({ requestBody, path }: FuzzedOperation): number {
  if (requestBody !== undefined) return path.includes('{id}') ? 3 : 8
  return path.includes('{') ? 2 : 1
}

function draftOf(operation: FuzzedOperation, valid: ValuesOf, isGuarded: boolean): Arbitrary<Draft> {
  const { parameters = [], requestBody } = operation
  const media = Object.entries(requestBody?.content ?? {})
  const bodies = media.map(([type, of]) => bodyOf(of, valid).map((value) => ({ media: type, body: { value } })))
  const none = constant({ media: undefined, body: undefined })
  return record({
    operation: constant(operation),
    link: nat(1_000),
    parameters: record(
      Object.fromEntries(parameters.map((parameter) => [parameter.name, parameterOf(parameter, valid).map(asText)])),
    ),
    content:
      bodies.length === 0 ? none : oneof({ weight: 1, arbitrary: none }, { weight: 12, arbitrary: oneof(...bodies) }),
    flaw: option(constantFrom(...flaws.filter((flaw) => flaw.suits(operation, isGuarded))), {
      freq: 3,
      nil: undefined,
    }).chain((flaw) => boolean().map((isKept) => (isKept ? flaw : undefined))),
  }).map(({ content, ...draft }) => ({ ...draft, ...content }))
}

/** What a parameter of a path is, mostly comes from a link. */
function parameterOf(parameter: ApiParameter, valid: ValuesOf): Arbitrary<unknown> {
  const { in: place, name, schema, example } = parameter
  const absent = constant(undefined)
  if (name === 'Prefer') {
    const wishes = constantFrom(
      'wait=0',
      'wait=0',
      'wait=0',
      'wait=1',
      'WAIT = "1"; a',
      'respond-async, wait=0',
      'wait=-1',
      'wait=x',
      '',
    )
    return oneof({ weight: 2, arbitrary: absent }, wishes)
  }
  const any = place === 'header' ? headerText : oneof(string({ unit: 'grapheme' }), constantFrom(...hostile))
  return oneof(
    { weight: place === 'path' ? 12 : 6, arbitrary: absent },
    { weight: 2, arbitrary: place === 'header' && schema['pattern'] === undefined ? headerText : valid(schema) },
    { weight: 1, arbitrary: constant(example) },
    { weight: 1, arbitrary: any },
  )
}

const headerText = string({ unit: integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) })

const hostile = [
  '',
  ' ',
  '\0',
  '..',
  '../x',
  'a/b',
  '%00',
  '__proto__',
  'constructor',
  '0x10',
  '1e1',
  '007',
  '-1',
  'null',
  'x'.repeat(300),
]

/** As the schema says, as the example, in parts as the one and the other; of these one in three with a change. */
function bodyOf({ schema, example }: ApiMedia, valid: ValuesOf): Arbitrary<unknown> {
  const whole = valid(schema)
  const mixed = oneof(
    { weight: 3, arbitrary: whole },
    { weight: 1, arbitrary: constant(example) },
    { weight: 4, arbitrary: whole.chain((value) => mixtureOf(example, value)) },
  )
  const none: Arbitrary<readonly Mutation[]> = constant([])
  const mutations = oneof(none, array(mutation, { minLength: 1, maxLength: 2 }))
  return record({ value: mixed, mutations }).map((made) => applied(made.value, made.mutations))
}

function asText(value: unknown): string | undefined {
  return value === undefined || typeof value === 'string' ? value : JSON.stringify(value)
}

function applied(value: unknown, mutations: readonly Mutation[]): unknown {
  let now = value
  for (const one of mutations) now = mutated(now, one)
  return now
}

/** Some members of the one and some of the other. */
function mixtureOf(example: unknown, value: unknown): Arbitrary<unknown> {
  if (!isObject(example) || !isObject(value)) return constant(value)
  const names = [...new Set([...Object.keys(example), ...Object.keys(value)])].filter((name) => name !== '__proto__')
  return array(boolean(), { minLength: names.length, maxLength: names.length }).map((choices) =>
    Object.fromEntries(
      names.flatMap((name, at) => {
        const [first, second] = choices[at] === true ? [example, value] : [value, example]
        const chosen = Object.hasOwn(first, name) ? first[name] : second[name]
        return [[name, chosen]]
      }),
    ),
  )
}

const mutation: Arbitrary<Mutation> = record({
  kind: constantFrom('replace', 'remove', 'add'),
  place: nat(50),
  intruder: nat(20),
})

/** Whether a body may lead outside of this machine: an address that is not on loopback. */
export function leadsOutside(body: unknown): boolean {
  if (Array.isArray(body)) return body.some(leadsOutside)
  if (!isSchema(body)) return false
  const { url } = body
  const parsed = typeof url === 'string' ? URL.parse(url) : null
  return parsed !== null && !/^(?:127\.[\d.]+|localhost|\[::1\])$/.test(parsed.hostname)
}
