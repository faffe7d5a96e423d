import {
  packedIndicators,
  queryProblemsOfKind,
  unreadableByKind,
  type ProviderInstance,
  type QueryProblem,
} from '../../providers/index.ts'
import { withStandIns, type EscapeValue, type KnownNames } from '../../slo/index.ts'

/** What may be wrong with a query, placeholders resolved, though its system may take it. */
export type QueryProblems = ProviderInstance['queryProblems']

/** The same for an instance by its name. */
export type QueryProblemsFor = (instance: string) => QueryProblems

/** A query as a file has it. */
export interface WrittenQuery {
  readonly query: string
  readonly options?: Readonly<Record<string, unknown>> | undefined
}

/** A window of a length that is never written by hand, so a range of this length was a placeholder. */
const standInWindow = { lengthMs: 86_399_000, isKnown: false }
const standInDuration = '86399s'

/** What a value may be that only an evaluation has: a name, a duration or a number. */
const standIns = ['value_to_come', '1m', '1'] as const

/**
 * The same for a query in a file, whatever the request brings; nothing if its placeholders can never be resolved. What can be
 * read for some values of its placeholders is no problem.
 */
export function problemsAsWritten(
  { query: written, options }: WrittenQuery,
  known: KnownNames,
  { problems, escape }: { readonly problems: QueryProblems; readonly escape: EscapeValue },
): readonly QueryProblem[] {
  if (written.trim() === '') return []
  let first: readonly QueryProblem[] | undefined
  for (const query of writtenForms(written, known, escape)) {
    const found = problems(options === undefined ? { query } : { query, options }, standInWindow)
    // With the first word nothing but `$DURATION_SECONDS` becomes a duration.
    if (!found.some(({ code }) => code === 'query_syntax')) return first === undefined ? found : []
    first ??= query === written ? found : found.map(withPlaceholders)
  }
  return first ?? []
}

/** What a query in a file may become, for several values of its placeholders; nothing if they can never be resolved. */
export function writtenForms(written: string, known: KnownNames, escape: EscapeValue): readonly string[] {
  const forms = standIns.map((word) => withStandIns(written, known, { word, duration: standInDuration, escape }))
  return [...new Set(forms.filter((form) => form !== undefined))]
}

/** Places in the text are those of the resolved one. */
function withPlaceholders(problem: QueryProblem): QueryProblem {
  return { ...problem, message: `${problem.message}, once its placeholders are resolved` }
}

/** By a folder's name alone, where no `pharos.yaml` says what stands behind it. */
export function problemsOfFolder(folder: string): QueryProblems {
  return (asked, window) => queryProblemsOfKind(folder, asked, window)
}

/** Why no system of that kind reads a query, in the same case; undefined if one may. */
export function unreadableByFolder(folder: string, query: string): string | undefined {
  return unreadableByKind(folder, query)
}

/** Whether some `indicatorPack` brings an indicator of this name. */
export function isPacked(indicator: string): boolean {
  return packedIndicators.has(indicator)
}
