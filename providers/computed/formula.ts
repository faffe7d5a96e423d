import type { MathNode } from 'mathjs'
import { operations, type Operation } from './operations.ts'

/** A formula as its author wrote it, read. */
export type Formula =
  | { readonly kind: 'number'; readonly value: number }
  /** Another indicator, named as an objective would name it. */
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'operation'; readonly operation: Operation; readonly of: readonly Formula[] }
  /** Only the branch that is taken counts. */
  | { readonly kind: 'choice'; readonly condition: Formula; readonly met: Formula; readonly unmet: Formula }

export type ReadFormula =
  | { readonly kind: 'formula'; readonly formula: Formula }
  /** `message` is a sentence without its beginning: what is wrong with it. */
  | { readonly kind: 'refused'; readonly message: string }

/** A formula is written by hand; a larger one is none. */
const charactersMax = 1_000
const depthMax = 30
const nodesMax = 200

/** What cannot be a formula; thrown and caught in this file only. */
class Refused extends Error {}

/**
 * Reads `errors / requests * 100`. Names of other indicators are `[A-Za-z_]\w*`, any other name stands in double quotes. mathjs reads
 * the grammar and nothing of it is run: what is not on our list is refused. The library is loaded when the first formula is.
 */
export async function readFormula(text: string): Promise<ReadFormula> {
  if (text.length > charactersMax) {
    return { kind: 'refused', message: `has ${text.length} characters, at most ${charactersMax} are read` }
  }
  const { parse } = await import('mathjs/number')
  try {
    refuseForeignSigns(text)
    const formula = fromNode(rootOf(text, parse), 1)
    const nodes = nodesOf(formula)
    if (nodes > nodesMax) throw new Refused(`has ${nodes} parts, at most ${nodesMax} are allowed`)
    return { kind: 'formula', formula }
  } catch (error) {
    if (error instanceof Refused) return { kind: 'refused', message: error.message }
    throw error
  }
}

function rootOf(text: string, parse: (text: string) => MathNode): MathNode {
  try {
    return parse(text)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Refused(`cannot be read: ${why.charAt(0).toLowerCase()}${why.slice(1)}`)
  }
}

/**
 * Outside of a name in double quotes a single one transposes a matrix or begins a text that mathjs takes for a name, and a %
 * is a division that does not look like one.
 */
function refuseForeignSigns(text: string): void {
  const outside = text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '')
  if (outside.includes("'")) throw new Refused("has a ' in it: a name that is no word stands in double quotes")
  if (outside.includes('%')) throw new Refused('has a % in it: write / 100 or * 100')
}

/** Nodes are told apart by what they say they are; the classes of `mathjs/number` are not those that its types name. */
type Node = MathNode & {
  readonly value?: unknown
  readonly name?: unknown
  readonly op?: string
  readonly implicit?: boolean
  readonly args?: readonly Node[]
  readonly fn?: Node
  readonly content?: Node
  readonly condition?: Node
  readonly trueExpr?: Node
  readonly falseExpr?: Node
}

function fromNode(node: Node, depth: number): Formula {
  if (depth > depthMax) throw new Refused(`is nested more than ${depthMax} deep`)
  const inner = (below: Node | undefined): Formula => {
    if (below === undefined) throw new Refused('cannot be read')
    return fromNode(below, depth + 1)
  }
  switch (node.type) {
    case 'ParenthesisNode':
      return inner(node.content)
    case 'ConstantNode':
      return fromConstant(node.value)
    case 'SymbolNode':
      return { kind: 'input', name: nameOf(String(node.name)) }
    case 'ConditionalNode':
      return {
        kind: 'choice',
        condition: inner(node.condition),
        met: inner(node.trueExpr),
        unmet: inner(node.falseExpr),
      }
    case 'OperatorNode':
      if (node.implicit === true) throw new Refused('multiplies without a *, which must be written')
      return operation(node.op ?? '', node.args ?? [], inner)
    case 'FunctionNode':
      if (node.fn?.type !== 'SymbolNode') throw new Refused('calls what is no function')
      return operation(String(node.fn.name), node.args ?? [], inner)
    default:
      throw new Refused(`has ${foreign[node.type] ?? 'something'} in it, and only numbers, names and ${allowed} may be`)
  }
}

function fromConstant(value: unknown): Formula {
  if (typeof value === 'string') {
    if (value === '') throw new Refused('has an empty name in quotes')
    return { kind: 'input', name: value }
  }
  if (typeof value === 'number' && Number.isFinite(value)) return { kind: 'number', value }
  throw new Refused(`has ${String(value)} in it, which is no finite number`)
}

function nameOf(name: string): string {
  if (/^[A-Za-z_]\w*$/.test(name)) return name
  throw new Refused(
    `has ${JSON.stringify(name)} in it: a name that is no word of A to Z, digits and _ stands in double quotes`,
  )
}

function operation(name: string, args: readonly Node[], inner: (node: Node) => Formula): Formula {
  const found = operations.find((one) => one.name === name && one.arities.includes(args.length))
  if (found !== undefined) return { kind: 'operation', operation: found, of: args.map(inner) }
  const alike = operations.find((one) => one.name === name)
  if (alike === undefined) throw new Refused(`has ${name} in it, and there are only ${allowed}`)
  throw new Refused(`gives ${name} ${args.length} values, and it takes ${alike.arities.join(' or ')}`)
}

const allowed = `${operations
  .map(({ name }) => name)
  .filter((name, place, all) => all.indexOf(name) === place)
  .join(' ')} and ? :`

/** What else the grammar of mathjs has, as a person would call it. */
const foreign: Readonly<Record<string, string>> = {
  ArrayNode: 'a list',
  AccessorNode: 'an access by .',
  AssignmentNode: 'an assignment',
  BlockNode: 'several lines or a ;',
  FunctionAssignmentNode: 'the definition of a function',
  IndexNode: 'an index',
  ObjectNode: 'an object',
  RangeNode: 'a range',
  RelationalNode: 'two comparisons in a row',
}

function nodesOf(formula: Formula): number {
  return partsOf(formula).reduce((sum, part) => sum + nodesOf(part), 1)
}

function partsOf(formula: Formula): readonly Formula[] {
  if (formula.kind === 'operation') return formula.of
  return formula.kind === 'choice' ? [formula.condition, formula.met, formula.unmet] : []
}

/** Names of the indicators that a formula is made of, each once, in their order. */
export function inputsOf(formula: Formula): readonly string[] {
  if (formula.kind === 'input') return [formula.name]
  return [...new Set(partsOf(formula).flatMap(inputsOf))]
}

/** The value of a formula, finite; else a sentence without its beginning: why it has none. Throws when an input is not in `values`. */
export function valueOf(formula: Formula, values: ReadonlyMap<string, number>): number | string {
  switch (formula.kind) {
    case 'number':
      return formula.value
    case 'input': {
      const value = values.get(formula.name)
      if (value === undefined) throw new Error(`there is no value of the input ${formula.name}`)
      return value
    }
    case 'choice': {
      const condition = valueOf(formula.condition, values)
      if (typeof condition === 'string') return condition
      return valueOf(condition === 0 ? formula.unmet : formula.met, values)
    }
    case 'operation':
      return applied(formula, values)
  }
}

function applied(
  { operation: { name, apply }, of }: Extract<Formula, { kind: 'operation' }>,
  values: ReadonlyMap<string, number>,
): number | string {
  const given: number[] = []
  for (const part of of) {
    const value = valueOf(part, values)
    if (typeof value === 'string') return value
    given.push(value)
  }
  const result = apply(given)
  if (typeof result === 'string') return result
  // Without the sign of a zero, which JSON does not know.
  if (Number.isFinite(result)) return result + 0
  return `${name} comes to no finite number`
}
