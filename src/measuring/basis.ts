import { createHash } from 'node:crypto'
import type { IndicatorOptions } from '../../providers/index.ts'
import type { Basis, Slo } from '../../slo/index.ts'
import type { PlannedIndicator } from './planned.ts'
import type { Window } from '../base/window.ts'

/** What a value of an instance depends on beside its query, by name. */
export type BasisPartsFor = (instance: string, options: IndicatorOptions) => Readonly<Record<string, string>>

export interface BasisRequest {
  readonly window: Window
  readonly filter: Slo['filter']
  /** The variables of the environment that queries may see. */
  readonly environment: Readonly<Record<string, string>>
  readonly partsFor: BasisPartsFor
}

type Parts = Readonly<Record<string, string>>

/**
 * The plan with what each value depends on. Labels do not count: they differ from build to build, and builds are compared.
 * Pushed values have no basis, nor do formulas of pushed values only.
 */
export function withBasis(plan: readonly PlannedIndicator[], request: BasisRequest): readonly PlannedIndicator[] {
  return plan.map((planned) => {
    if (planned.kind !== 'asked' && planned.kind !== 'computed') return planned
    const parts = partsOf(planned, request)
    return parts === undefined ? planned : { ...planned, basis: basisOf(planned.definition, parts, request.window) }
  })
}

/** Undefined if nothing is asked. A formula has the parts of its inputs, each prefixed with the input's name. */
function partsOf(planned: PlannedIndicator, request: BasisRequest): Parts | undefined {
  if (planned.kind === 'asked') {
    const { definition, provider, options = {} } = planned
    return { ...request.partsFor(provider, options), ...placeholderParts(definition, request) }
  }
  if (planned.kind !== 'computed') return undefined
  const ofInputs = planned.inputs.flatMap((input) => {
    const parts = partsOf(input, request)
    return parts === undefined
      ? []
      : [Object.fromEntries(Object.entries(parts).map(([name, value]) => [`${input.indicator}.${name}`, value]))]
  })
  return ofInputs.length === 0 ? undefined : Object.assign({}, ...ofInputs)
}

/** Filter keys and environment variables that the query names: unlike labels, they stay the same from build to build. */
function placeholderParts(definition: string, { filter, environment }: BasisRequest): Parts {
  const filters = filter.filter(([key]) => isNamed(key, definition) || isNamed(key.toUpperCase(), definition))
  // The filter's values may name variables, too.
  const texts = [definition, ...filters.map(([, value]) => value)]
  const variables = Object.entries(environment).filter(([name]) => texts.some((text) => isNamed(`ENV.${name}`, text)))
  return Object.fromEntries([
    ...filters.map(([key, value]) => [`filter.${key}`, value]),
    ...variables.map(([name, value]) => [`environment.${name}`, value]),
  ])
}

function isNamed(name: string, text: string): boolean {
  return [`$${name}`, `\${${name}`].some((start) =>
    text
      .split(start)
      .slice(1)
      .some((rest) => !/^\w/.test(rest)),
  )
}

function basisOf(definition: string, parts: Parts, { start, end }: Window): Basis {
  const sorted = Object.entries(parts).toSorted(([one], [other]) => (one < other ? -1 : 1))
  const digest = createHash('sha256')
    .update(JSON.stringify([definition, sorted]))
    .digest('hex')
  return { digest: `sha256:${digest}`, parts: Object.fromEntries(sorted), windowMs: end.getTime() - start.getTime() }
}
