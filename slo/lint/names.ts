import type { SliText, Subject } from './rule.ts'

/** Names as a provider's sli.yaml has them: without a provider in front. */
export const withoutProvider = (indicator: string): string => indicator.slice(indicator.indexOf(':') + 1)

/** Formulas have no placeholders, and are made of other indicators. */
export function isOfFormulas({ file }: SliText): boolean {
  return /(?:^|\/)computed\/sli\.yaml$/.test(file)
}

/** Names that formulas are made of: their words, and what stands in double quotes. */
function namesInFormulas({ slis }: Subject): readonly string[] {
  return slis
    .filter(isOfFormulas)
    .flatMap(({ reading }) => [...reading.queries.values()])
    .flatMap(({ query }) => Array.from(query.matchAll(/"([^"]*)"|\w+/g), ([word, quoted]) => quoted ?? word))
}

/** Names of indicators as objectives and formulas have them, with a provider in front and without. */
export function usedNames(subject: Subject): ReadonlySet<string> {
  return new Set(
    [...subject.slo.content.objectives.map(({ indicator }) => indicator), ...namesInFormulas(subject)].flatMap(
      (indicator) => [indicator, withoutProvider(indicator)],
    ),
  )
}
