import type { EscapeValue, Slo } from '../../slo/index.ts'
import type { Mistake } from '../base/errors.ts'
import { problemsAsWritten, type QueryProblemsFor } from './query-problems.ts'
import type { ServiceKey } from '../base/names.ts'
import { answeringFor, type CheckDeps } from './check.ts'
import { instanceOf } from './answers.ts'
import { readOptions } from './option-files.ts'
import { readSli } from './sli-files.ts'
import type { PlaceholderDeps } from './unresolvable.ts'

export interface QueryCheckDeps extends CheckDeps, PlaceholderDeps {
  /** Without it, nothing is known of the languages that queries are written in. */
  readonly queryProblemsFor?: QueryProblemsFor
}

/** A query in a file, with everything that reading it takes. */
export interface FileQuery {
  readonly name: string
  readonly instance: string
  readonly query: string
  readonly options?: Readonly<Record<string, unknown>>
  readonly file: string
  readonly line: number
}

/** What may be wrong with the queries in the files of `folders`, each where its indicator stands. */
export async function queryFindings(
  { service, filter }: { readonly service: ServiceKey; readonly filter: Slo['filter'] },
  folders: readonly string[],
  deps: QueryCheckDeps,
): Promise<readonly Mistake[]> {
  const { queryProblemsFor, environment } = deps
  if (queryProblemsFor === undefined) return []
  return (await queriesIn(service, folders, deps)).flatMap(({ name, instance, file, line, ...written }) => {
    const escape: EscapeValue = deps.escapeFor(instance)
    const found = problemsAsWritten(written, { filter, environment }, { problems: queryProblemsFor(instance), escape })
    return found.map(({ code, message, fix }) => ({
      code,
      message: `the query of ${JSON.stringify(name)}: ${message}`,
      fix,
      file,
      line,
    }))
  })
}

/** Those that are not empty. */
export async function queriesIn(
  service: ServiceKey,
  folders: readonly string[],
  deps: CheckDeps,
): Promise<readonly FileQuery[]> {
  const answering = await answeringFor(service, deps)
  const found = folders.map(async (folder): Promise<readonly FileQuery[]> => {
    const instance = instanceOf(folder, answering)
    if (instance === undefined) return []
    const [{ indicators, places }, { options }] = await Promise.all([
      readSli(answering.from, service, folder),
      readOptions(answering.from, service, folder, answering.optionMistakes(instance)),
    ])
    return [...indicators].flatMap(([name, { query }]) => {
      const place = places.get(name)
      if (place === undefined || query.trim() === '') return []
      const given = options.get(name)
      return [{ name, instance, query, ...place, ...(given !== undefined && { options: given }) }]
    })
  })
  return (await Promise.all(found)).flat()
}
