import { inputsOf, readFormula, type Formula } from '../../providers/index.ts'
import { computedProvider } from './answer.ts'
import type { Mistake } from '../base/errors.ts'
import { remember } from '../base/memoize.ts'
import type { ServiceSli } from './sli-files.ts'

export interface Computed {
  readonly sli: ServiceSli
  /** By indicator; none when there are mistakes. */
  readonly formulas: ReadonlyMap<string, Formula>
  readonly mistakes: readonly Mistake[]
}

/** So many indicators may stand behind one formula, each as often as it is named. */
const partsMax = 200

const readOnce = remember((text) => readFormula(text))

/** Reads the formulas of `computed/sli.yaml` and sees whether they can be followed to their ends. */
export async function readFormulas(sli: ServiceSli): Promise<Computed> {
  const formulas = new Map<string, Formula>()
  const mistakes: Mistake[] = []
  for (const [name, { query }] of sli.indicators) {
    if (query.trim() === '') continue
    const read = await readOnce(query)
    if (read.kind === 'formula') formulas.set(name, read.formula)
    else
      mistakes.push(mistakeOf(sli, name, 'formula_invalid', `the formula of ${JSON.stringify(name)} ${read.message}`))
  }
  mistakes.push(...endless(formulas, sli))
  return { sli, formulas: mistakes.length === 0 ? formulas : new Map(), mistakes }
}

/** A mistake at the place of an indicator. */
export function mistakeOf({ places }: ServiceSli, name: string, code: string, message: string): Mistake {
  return { code, message, ...places.get(name) }
}

/** The formula that an input of another one names. */
function formulaNamed(input: string, formulas: ReadonlyMap<string, unknown>): string | undefined {
  const prefix = `${computedProvider}:`
  if (input.toLowerCase().startsWith(prefix)) return input.slice(prefix.length)
  return formulas.has(input) ? input : undefined
}

/** Formulas that lead back to themselves, each circle once, and those of too many others. */
function endless(formulas: ReadonlyMap<string, Formula>, sli: ServiceSli): readonly Mistake[] {
  const mistakes: Mistake[] = []
  const sizes = new Map<string, number>()
  const sizeOf = (name: string, path: readonly string[]): number => {
    const known = sizes.get(name)
    if (known !== undefined) return known
    if (path.includes(name)) {
      const circle = [...path.slice(path.indexOf(name)), name].map((one) => JSON.stringify(one)).join(' → ')
      const cure = 'put the provider before the name where the measured one is meant, as in "prometheus:errors"'
      mistakes.push(mistakeOf(sli, name, 'formula_circular', `formulas lead back to themselves: ${circle}; ${cure}`))
      return 0
    }
    const formula = formulas.get(name)
    const inputs = formula === undefined ? [] : inputsOf(formula)
    const size = inputs.reduce((sum, input) => {
      const next = formulaNamed(input, formulas)
      return sum + 1 + (next === undefined ? 0 : sizeOf(next, [...path, name]))
    }, 0)
    sizes.set(name, size)
    return size
  }
  for (const name of formulas.keys()) {
    const size = sizeOf(name, [])
    if (size <= partsMax) continue
    const message = `the formula of ${JSON.stringify(name)} is made of ${size} indicators, at most ${partsMax} are allowed`
    mistakes.push(mistakeOf(sli, name, 'formula_invalid', message))
  }
  return mistakes
}
