/** How a table of user sessions becomes one number, named after Dynatrace's tiles. */
const resultTypes = ['SINGLE_VALUE', 'PIE_CHART', 'COLUMN_CHART', 'LINE_CHART', 'TABLE'] as const
type ResultType = (typeof resultTypes)[number]

export interface UsqlQuery {
  readonly resultType: ResultType
  /** The value of the first column in the row to use; empty for SINGLE_VALUE. */
  readonly dimension: string
  readonly usql: string
}

export type ParsedUsqlQuery =
  | { readonly kind: 'usql'; readonly query: UsqlQuery }
  | { readonly kind: 'invalid'; readonly message: string }

/** `<result type>;<dimension>;<usql>`, the part after `USQL;`. */
export function parseUsqlQuery(text: string): ParsedUsqlQuery {
  const [typed = '', dimension, ...rest] = text.split(';')
  if (dimension === undefined || rest.length === 0) {
    return invalid('incorrect prefix: use USQL;<result type>;<dimension>;<query>')
  }
  if (typed === '') return invalid('result type should not be empty')
  const resultType = resultTypes.find((known) => known === typed)
  if (resultType === undefined) {
    return invalid(`unknown result type: ${typed}; use ${resultTypes.join(', ')}`)
  }
  if (resultType === 'SINGLE_VALUE' && dimension !== '') return invalid('dimension should be empty')
  if (resultType !== 'SINGLE_VALUE' && dimension === '') return invalid('dimension should not be empty')
  const usql = rest.join(';')
  if (usql.trim() === '') return invalid('query should not be empty')
  return { kind: 'usql', query: { resultType, dimension, usql } }
}

function invalid(message: string): ParsedUsqlQuery {
  return { kind: 'invalid', message }
}
