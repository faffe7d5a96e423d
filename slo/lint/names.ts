import type { SliText, Subject } from './rule.ts'

/** An indicator's name as in the provider's sli.yaml: without the provider prefix. */
export const withoutProvider = (indicator: string): string => indicator.slice(indicator.indexOf(':') + 1)

/** Whether a file has formulas, which use other indicators and have no placeholders. */
export function isOfFormulas({ file }: SliText): boolean {
  return /(?:^|\/)computed\/sli\.yaml$/.test(file)
}

/** The names used in formulas: words and text in double quotes. */
function namesInFormulas({ slis }: Subject): readonly string[] {
  return slis
    .filter(isOfFormulas)
    .flatMap(({ reading }) => [...reading.queries.values()])
    .flatMap(({ query }) => Array.from(query.matchAll(/"([^"]*)"|\w+/g), ([word, quoted]) => quoted ?? word))
}

/** Names of indicators used in objectives and formulas, with the provider prefix and without. */
export function usedNames(subject: Subject): ReadonlySet<string> {
  return new Set(
    [...subject.slo.content.objectives.map(({ indicator }) => indicator), ...namesInFormulas(subject)].flatMap(
      (indicator) => [indicator, withoutProvider(indicator)],
    ),
  )
}
