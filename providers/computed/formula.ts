import type { MathNode } from 'mathjs'
import { operations, type Operation } from './operations.ts'

/** A parsed formula. */
export type Formula =
  | { readonly kind: 'number'; readonly value: number }
  /** Another indicator, named as in an objective. */
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'operation'; readonly operation: Operation; readonly of: readonly Formula[] }
  /** Only the chosen branch is evaluated. */
  | { readonly kind: 'choice'; readonly condition: Formula; readonly met: Formula; readonly unmet: Formula }

export type ReadFormula =
  | { readonly kind: 'formula'; readonly formula: Formula }
  /** `message` is a sentence without its subject: what is wrong with the formula. */
  | { readonly kind: 'refused'; readonly message: string }

/** Formulas are written by hand, so none is longer. */
const charactersMax = 1_000
const depthMax = 30
const nodesMax = 200

/** Not a formula; thrown and caught in this file only. */
class Refused extends Error {}

/**
 * Reads `errors / requests * 100`. Names of other indicators are `[A-Za-z_]\w*`; any other name must be in double quotes. mathjs
 * only parses: its evaluator is never used, and anything not on our list is refused. The library is loaded with the first formula.
 */
export async function readFormula(text: string): Promise<ReadFormula> {
  if (text.length > charactersMax) {
    return { kind: 'refused', message: `has ${text.length} characters, at most ${charactersMax} are allowed` }
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
 * Outside of names in double quotes, mathjs reads a single quote as a transposed matrix or as the start of a name, and a % as
 * a modulo operator.
 */
function refuseForeignSigns(text: string): void {
  const outside = text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '')
  if (outside.includes("'")) throw new Refused("contains a ': put names with special characters in double quotes")
  if (outside.includes('%')) throw new Refused('contains a %: write / 100 or * 100')
}

/** Nodes are distinguished by their `type`; the classes in `mathjs/number` are not those declared in its types. */
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
      if (node.implicit === true) throw new Refused('multiplies without a *, which is required')
      return operation(node.op ?? '', node.args ?? [], inner)
    case 'FunctionNode':
      if (node.fn?.type !== 'SymbolNode') throw new Refused('calls something that is not a function')
      return operation(String(node.fn.name), node.args ?? [], inner)
    default:
      throw new Refused(
        `contains ${foreign[node.type] ?? 'something else'}, but may only contain numbers, names and ${allowed}`,
      )
  }
}

function fromConstant(value: unknown): Formula {
  if (typeof value === 'string') {
    if (value === '') throw new Refused('contains an empty name in quotes')
    return { kind: 'input', name: value }
  }
  if (typeof value === 'number' && Number.isFinite(value)) return { kind: 'number', value }
  throw new Refused(`contains ${String(value)}, which is not a finite number`)
}

function nameOf(name: string): string {
  if (/^[A-Za-z_]\w*$/.test(name)) return name
  throw new Refused(
    `contains ${JSON.stringify(name)}: put names with characters other than letters, digits and _ in double quotes`,
  )
}

function operation(name: string, args: readonly Node[], inner: (node: Node) => Formula): Formula {
  const found = operations.find((one) => one.name === name && one.arities.includes(args.length))
  if (found !== undefined) return { kind: 'operation', operation: found, of: args.map(inner) }
  const alike = operations.find((one) => one.name === name)
  if (alike === undefined) throw new Refused(`contains ${name}, but may only use ${allowed}`)
  throw new Refused(`gives ${name} ${args.length} values, but it takes ${alike.arities.join(' or ')}`)
}

const allowed = `${operations
  .map(({ name }) => name)
  .filter((name, place, all) => all.indexOf(name) === place)
  .join(' ')} and ? :`

/** Plain names for everything else in the mathjs grammar. */
const foreign: Readonly<Record<string, string>> = {
  ArrayNode: 'a list',
  AccessorNode: 'a property access with .',
  AssignmentNode: 'an assignment',
  BlockNode: 'several lines or a ;',
  FunctionAssignmentNode: 'a function definition',
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

/** The names of the indicators in a formula, each once, in order. */
export function inputsOf(formula: Formula): readonly string[] {
  if (formula.kind === 'input') return [formula.name]
  return [...new Set(partsOf(formula).flatMap(inputsOf))]
}

/** The finite value of a formula, or the reason why there is none. Throws if an input is not in `values`. */
export function valueOf(formula: Formula, values: ReadonlyMap<string, number>): number | string {
  switch (formula.kind) {
    case 'number':
      return formula.value
    case 'input': {
      const value = values.get(formula.name)
      if (value === undefined) throw new Error(`the input ${formula.name} has no value`)
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
  // Turns -0 into 0, since JSON does not preserve the sign.
  if (Number.isFinite(result)) return result + 0
  return `the result of ${name} is not a finite number`
}
