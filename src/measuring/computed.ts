import { readFormula, valueOf } from '../../providers/index.ts'
import { unaskedOutcomes, type Coverage, type Measured, type Measurement, type Missing } from '../../slo/index.ts'
import type { PlannedFormula } from './planned.ts'

/**
 * What a formula comes to with its inputs measured. The query that is shown is the formula with each input's value and what was
 * asked for it. Where an input is missing so is the formula, for the same reason: of several, one that could not be asked counts.
 */
export async function compute(
  { indicator, provider, name, definition, formula: text, basis }: PlannedFormula,
  inputs: readonly Measurement[],
): Promise<Measurement> {
  const query = [text, ...inputs.map(shownInput)].join('\n')
  const warnings = [...new Set(inputs.flatMap((input) => input.warnings))]
  const asked = { indicator, provider, name, definition, query, warnings, ...(basis !== undefined && { basis }) }
  const lacking = mostTelling(inputs)
  if (lacking !== undefined) {
    const message = `it is made of ${JSON.stringify(lacking.indicator)}, which is missing: ${lacking.message}`
    return { kind: 'missing', ...asked, outcome: lacking.outcome, message }
  }
  const measured = inputs.filter((input) => input.kind === 'measured')
  const read = await readFormula(text)
  const values = new Map(measured.map((input) => [input.indicator, input.value]))
  const value = read.kind === 'formula' ? valueOf(read.formula, values) : read.message
  if (typeof value === 'number') return { kind: 'measured', ...asked, value, ...partOf(measured) }
  const shown = measured.map((input) => `${input.indicator} = ${input.value}`).join(', ')
  const message = `${text} has no value: ${value}${shown === '' ? '' : ` (${shown})`}`
  return { kind: 'missing', ...asked, outcome: read.kind === 'formula' ? 'invalid_value' : 'config', message }
}

function shownInput(input: Measurement): string {
  const { indicator, provider, query } = input
  const value = input.kind === 'measured' ? input.value : input.outcome
  return `  ${indicator} = ${value} (${query === null ? provider : `${provider}: ${query.replaceAll('\n', '\n  ')}`})`
}

/** Whoever could not be asked may have made a difference; nobody is told that it was otherwise. */
function mostTelling(inputs: readonly Measurement[]): Missing | undefined {
  const missing = inputs.filter((input) => input.kind === 'missing')
  return missing.find(({ outcome }) => unaskedOutcomes.some((unasked) => unasked === outcome)) ?? missing[0]
}

/** A formula of partial inputs is partial; it has the lowest coverage of its inputs. */
function partOf(inputs: readonly Measured[]): Pick<Measured, 'partial' | 'coverage'> {
  const parts = inputs.flatMap(({ partial }) => partial ?? [])
  const partial = parts.includes('unless_key') ? 'unless_key' : 'allowed'
  const [coverage] = inputs.flatMap((input) => input.coverage ?? []).toSorted(byCoverage)
  return { ...(parts.length > 0 && { partial }), ...(coverage !== undefined && { coverage }) }
}

/** Insufficient coverage comes first, then the one with fewer numbers. */
function byCoverage(one: Coverage, other: Coverage): number {
  const share = ({ found, nan, expected }: Coverage) => (found - nan) / Math.max(expected, 1)
  return Number(one.isEnough) - Number(other.isEnough) || share(one) - share(other)
}
