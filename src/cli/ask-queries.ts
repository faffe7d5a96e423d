import { queriesIn, type FileQuery, type QueryCheckDeps } from '../definitions/check-queries.ts'
import type { Mistake } from '../base/errors.ts'
import { writtenForms } from '../definitions/query-problems.ts'
import type { ServiceKey } from '../base/names.ts'
import type { Slo } from '../../slo/index.ts'

export interface AskingDeps {
  /** Asks an instance whether its system understands a query; undefined where none of the kind can say. */
  readonly validateQuery?: (
    instance: string,
    asked: { readonly name: string; readonly query: string },
    signal: AbortSignal,
  ) => Promise<Understood> | undefined
}

type Understood =
  | { readonly kind: 'valid' }
  | { readonly kind: 'invalid'; readonly message: string }
  | { readonly kind: 'unknown'; readonly message: string }

/** What a secret that is not read says of itself. */
export const unreadSecret = 'is not read here'

/** For all queries together: validating files should not wait for a network. */
const askingMsMax = 10_000

/** Of an instance's first answer, which a server out of reach never gives. */
const firstAnswerMsMax = 3_000

interface Asked {
  readonly mistakes: readonly Mistake[]
  /** Instances that could not say, and why. */
  readonly notes: readonly string[]
}

/** What the systems themselves do not understand, each where its indicator stands. Nothing of a system that cannot be asked. */
export async function misunderstoodQueries(
  services: readonly { readonly service: ServiceKey; readonly filter?: Slo['filter'] }[],
  folders: readonly string[],
  deps: QueryCheckDeps & AskingDeps,
): Promise<Asked> {
  const { validateQuery, environment } = deps
  if (validateQuery === undefined) return { mistakes: [], notes: [] }
  const forms = new Map<string, Forms>()
  for (const { service, filter = [] } of services) {
    for (const one of await queriesIn(service, folders, deps)) {
      const queries = writtenForms(one.query, { filter, environment }, deps.escapeFor(one.instance))
      const isAskable = deps.unaskable?.(one.instance, one) === undefined
      if (queries.length > 0 && isAskable)
        forms.set(JSON.stringify([one.file, one.line, one.instance]), { ...one, queries })
    }
  }
  const end = AbortSignal.timeout(askingMsMax)
  const understood: Ask = async (instance, asked, signal = end) =>
    (await validateQuery(instance, asked, signal)) ?? { kind: 'valid' }
  const byInstance = Map.groupBy(forms.values(), ({ instance }) => instance)
  const all = await Promise.all(
    [...byInstance].map(([instance, queries]) => askInstance(instance, queries, understood)),
  )
  return { mistakes: all.flatMap(({ mistakes }) => mistakes), notes: all.flatMap(({ notes }) => notes) }
}

type Ask = (
  instance: string,
  asked: { readonly name: string; readonly query: string },
  signal?: AbortSignal,
) => Promise<Understood>

/** A query of a file as it may be sent, for several values of its placeholders. */
interface Forms extends FileQuery {
  readonly queries: readonly string[]
}

/** The first query tells whether the instance says anything at all. */
async function askInstance(instance: string, [first, ...others]: readonly Forms[], ask: Ask): Promise<Asked> {
  if (first === undefined) return { mistakes: [], notes: [] }
  const firstEnd = AbortSignal.timeout(firstAnswerMsMax)
  const answer = await askForms(first, (name, query) => ask(name, query, firstEnd))
  if (answer.kind === 'unknown') {
    const note = `${instance} could not say whether it understands its queries: ${answer.message}`
    return { mistakes: [], notes: answer.message.includes(unreadSecret) ? [] : [note] }
  }
  const further = await Promise.all(others.map(async (one) => ({ one, answer: await askForms(one, ask) })))
  const mistakes = [{ one: first, answer }, ...further].flatMap(({ one, answer: said }): readonly Mistake[] => {
    if (said.kind !== 'invalid') return []
    const message = `${instance} does not understand the query of ${JSON.stringify(one.name)}: ${said.message}`
    return [{ code: 'query_not_understood', message, file: one.file, line: one.line }]
  })
  return { mistakes, notes: unansweredOf(instance, further) }
}

/** One note for all queries of an instance that stopped answering. */
function unansweredOf(
  instance: string,
  asked: readonly { readonly one: FileQuery; readonly answer: Understood }[],
): readonly string[] {
  const unknown = asked.flatMap(({ one, answer }) =>
    answer.kind === 'unknown' ? [{ name: one.name, message: answer.message }] : [],
  )
  const [first] = unknown
  if (first === undefined) return []
  const more = unknown.length === 1 ? '' : ` and ${unknown.length - 1} more`
  return [
    `${instance} could not say whether it understands the query of ${JSON.stringify(first.name)}${more}: ${first.message}`,
  ]
}

/** A query that is understood for some values of its placeholders is not a mistake. */
async function askForms({ name, instance, queries }: Forms, ask: Ask): Promise<Understood> {
  let last: Understood = { kind: 'valid' }
  for (const query of queries) {
    last = await ask(instance, { name, query })
    if (last.kind !== 'invalid') return last
  }
  return last
}
