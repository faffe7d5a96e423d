import { placeholderProblems, type EscapeValue } from '../../slo/index.ts'
import type { Answer, Definition } from './load.ts'

/** What is known about the server that queries are resolved for. */
export interface PlaceholderDeps {
  /** Names of the variables that queries may use; undefined if that is not known. */
  readonly environment: readonly string[] | undefined
  /** How values are escaped in the queries of a provider instance. */
  readonly escapeFor: (instance: string) => EscapeValue
}

/** Why queries cannot be asked, whatever a request brings: a sentence for each placeholder. */
export function unresolvable(
  answers: readonly Answer[],
  slo: Definition['slo'],
  deps: PlaceholderDeps,
): readonly string[] {
  return answers.flatMap((answer) => {
    if (answer.kind === 'computed') return unresolvable(answer.inputs, slo, deps)
    if (answer.kind !== 'asked') return []
    const known = { filter: slo?.filter ?? [], environment: deps.environment }
    const problems = placeholderProblems(answer.definition, known, deps.escapeFor(answer.provider))
    return problems.map(({ message, fix }) => `${answer.indicator}: ${message}; ${fix}`)
  })
}
