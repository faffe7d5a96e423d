/** As much of an event as `fitted` has to know. */
interface Event {
  readonly data: { readonly message?: string; readonly evaluation: object; readonly [field: string]: unknown }
  readonly [attribute: string]: unknown
}

/** What an event can do without, in the order in which it goes: what is ours, then Keptn's own; and what stays in its place. */
const dispensable = {
  explanation: null,
  sloFileContent: '',
  warnings: [],
  indicatorResults: [],
  reasons: [],
} as const

/** The reasons' sentences are as many as the objectives. */
const messageCharacters = 1000

/** The `time` that the database adds, with its name. */
const timeBytes = 40

/**
 * An event as JSON of at most `maxBytes`. What would make it longer is left out, a part at a time, and named in
 * `data.evaluation.omitted`; the evaluation's resource has all of it. The smallest event fits whatever is allowed as `maxBytes`.
 */
export function fitted(event: Event, maxBytes: number): string {
  const { data, ...attributes } = event
  const fits = (body: string): boolean => Buffer.byteLength(body) + timeBytes <= maxBytes
  let body = JSON.stringify(event)
  let evaluation = data.evaluation
  const omitted: string[] = []
  for (const [part, instead] of Object.entries(dispensable)) {
    if (fits(body)) return body
    omitted.push(part)
    evaluation = { ...evaluation, [part]: instead, omitted }
    const message = part === 'reasons' ? { message: shortened(data.message ?? '') } : {}
    body = JSON.stringify({ ...attributes, data: { ...data, ...message, evaluation } })
  }
  return body
}

function shortened(message: string): string {
  return message.length <= messageCharacters ? message : `${message.slice(0, messageCharacters).toWellFormed()} …`
}
