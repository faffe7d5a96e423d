import { z } from 'zod'
import { missing, type Answer, type MissingAnswer } from '../answer.ts'
import { timestampOf, type Answered, type Call, type Window } from './call.ts'
import type { Conversation } from './client.ts'
import { malformed } from './failure.ts'
import type { UsqlQuery } from './usql-query.ts'

const api = { name: 'User sessions API', scope: 'DTAQLAccess' }

const Table = z.object({
  /** 1 means all sessions, n every n-th session. */
  extrapolationLevel: z.number().nullish(),
  columnNames: z.array(z.string()),
  values: z.array(z.array(z.unknown())),
})
type Table = z.infer<typeof Table>

export async function measureUsql(query: UsqlQuery, window: Window, conversation: Conversation): Promise<Answered> {
  const call: Call = {
    api,
    path: '/api/v1/userSessionQueryLanguage/table',
    parameters: {
      query: query.usql,
      startTimestamp: timestampOf(window.start),
      endTimestamp: timestampOf(window.end),
      addDeepLinkFields: 'false',
      explain: 'false',
    },
  }
  const replied = await conversation.ask(call)
  return { call, answer: replied.kind === 'refused' ? replied.answer : answerOf(replied.body, query) }
}

/** Source: keptn-contrib/dynatrace-service 3da42c7, internal/sli/usql/query_processing.go. */
function answerOf(body: unknown, query: UsqlQuery): Answer {
  const parsed = Table.safeParse(body)
  if (!parsed.success) return malformed(body)
  const table = parsed.data
  const value = query.resultType === 'SINGLE_VALUE' ? singleValue(table) : valueOfDimension(table, query)
  if (typeof value !== 'number') return value
  const level = table.extrapolationLevel ?? 1
  if (level <= 1) return { outcome: 'measured', value, warnings: [] }
  const note = `extrapolated from a sample of the sessions (level ${level})`
  return { outcome: 'measured', value, partial: 'unless_key', warnings: [note] }
}

function singleValue({ columnNames, values }: Table): number | MissingAnswer {
  const [row] = values
  if (row === undefined)
    return missing('no_data', 'USQL result type SINGLE_VALUE should only return a single result: there is none')
  if (columnNames.length !== 1 || values.length !== 1) {
    const size = `${values.length} rows of ${columnNames.length} columns`
    return missing('ambiguous', `USQL result type SINGLE_VALUE should only return a single result: there are ${size}`)
  }
  return numberIn(row[0])
}

function valueOfDimension({ columnNames, values }: Table, query: UsqlQuery): number | MissingAnswer {
  const { resultType, dimension } = query
  if (columnNames.length < 2) {
    return missing('invalid_value', `USQL result type ${resultType} should at least have two columns`)
  }
  for (const row of values) {
    if (typeof row[0] !== 'string') return missing('invalid_value', 'dimension name should be a string')
    if (row[0] === dimension) return numberIn(resultType === 'TABLE' ? row.at(-1) : row[1])
  }
  return missing('no_data', `could not find dimension name '${dimension}' in result`)
}

function numberIn(cell: unknown): number | MissingAnswer {
  if (typeof cell === 'number') return cell
  return missing(cell === null ? 'no_data' : 'invalid_value', 'dimension value should be a number')
}
