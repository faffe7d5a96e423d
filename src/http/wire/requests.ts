import { z } from 'zod'
import { PharosError } from '../../base/errors.ts'
import { parseJson } from '../../base/json.ts'
import { k6Schema } from '../../evaluation/k6-schema.ts'
import { readK6, type ReportedValue } from '../../evaluation/k6-summary.ts'
import { GitCommitId, Labels, storable, storablePattern, textOf, unstorable } from '../../base/labels.ts'
import { durationPattern } from '../../base/duration.ts'
import { Name, ServiceName } from '../../base/names.ts'
import { timestampPattern } from '../../base/window.ts'

/** Limits of a request; documented in docs/operating.md. */
export const limits = {
  bodyBytes: 1024 * 1024,
  indicators: 10_000,
  idempotencyKeyCharacters: 255,
} as const

const Text = z.string().refine(storable, unstorable).meta({ pattern: storablePattern })

/** An object with these fields and no others. */
export function exactly<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const fields = Object.keys(shape).join(', ')
  return z.strictObject(shape, {
    error: ({ code }) =>
      code === 'unrecognized_keys'
        ? `unknown field: the fields here are ${fields}`
        : `must be an object: its fields are ${fields}`,
  })
}

const FiniteNumber = z.number({
  error: ({ input }) => {
    if (input === null) return 'must be a finite number, not null: leave the indicator out when it has no value'
    if (typeof input === 'string') return `must be a number without quotes, not the string ${JSON.stringify(input)}`
    if (typeof input === 'number') return 'must be a finite number: this one is too large for a 64-bit float'
    return undefined
  },
})

const MetricName = textOf({ min: 1, max: 1024 })

const Pushed = exactly({ metric: MetricName, value: FiniteNumber })

/** No schema can require it. */
const duplicate = { code: 'duplicate' }

const PushedList = z
  .array(Pushed)
  .max(limits.indicators)
  .superRefine((pushed, context) => {
    const seen = new Set<string>()
    for (const [index, { metric }] of pushed.entries()) {
      if (seen.has(metric)) {
        const message = `${JSON.stringify(metric)} is given more than once: one value for each metric`
        context.addIssue({ code: 'custom', path: [index, 'metric'], message, params: duplicate })
      }
      seen.add(metric)
    }
  })

/** A report as a tool wrote it, or its text. */
const Report = exactly({
  format: z.enum(['k6'], { error: 'must be k6, the only format there is' }),
  content: z
    .unknown()
    .optional()
    .meta(k6Schema)
    .describe('A k6 summary, in the form of handleSummary or of --summary-export; or its text'),
})
  // Without content, the message is that of `readK6`.
  .meta({ required: ['format', 'content'] })
  .transform(({ content }, context): ReportRead => {
    const read = readK6(typeof content === 'string' ? parsed(content) : content)
    if (read.kind === 'read') return { ...read, values: read.values.filter(({ metric }) => storable(metric)) }
    for (const { path, message } of read.mistakes)
      context.addIssue({ code: 'custom', path: ['content', ...path], message })
    return { values: [], runMs: undefined }
  })

interface ReportRead {
  readonly values: readonly ReportedValue[]
  readonly runMs: number | undefined
}

/** Undefined when it is no JSON. */
function parsed(text: string): unknown {
  try {
    return parseJson(Buffer.from(text))
  } catch (error) {
    if (error instanceof PharosError) return undefined
    throw error
  }
}

/** Empty texts count as absent; what is not in the form of its pattern is reported by `resolveWindow`. */
const WindowTimestamp = Text.meta({
  pattern: `^$|${timestampPattern}`,
  description: 'RFC 3339, in UTC without an offset; an empty text counts as absent',
})
const WindowDuration = Text.meta({
  pattern: `^$|${durationPattern}`,
  description: 'Such as 15m, 1h30m or 7d; an empty text counts as absent',
})
const [given, empty] = [{ minLength: 1 }, { maxLength: 0 }]

const WindowRequest = exactly({
  start: WindowTimestamp.optional(),
  end: WindowTimestamp.optional(),
  timeframe: WindowDuration.optional(),
})
  .meta({
    oneOf: [
      { required: ['start', 'end'], properties: { start: given, end: given, timeframe: empty } },
      { required: ['start', 'timeframe'], properties: { start: given, end: empty, timeframe: given } },
      { required: ['timeframe'], properties: { start: empty, end: empty, timeframe: given } },
      { properties: { start: empty, end: empty, timeframe: empty } },
    ],
    description: 'start and end, or timeframe, or start and timeframe; the last 5 minutes without one',
  })
  .optional()

export const EvaluationRequest = exactly({
  window: WindowRequest,
  labels: Labels.optional().describe('Free text by name; queries read them as $LABEL.name'),
  slo: Text.optional().describe('The text of an slo.yaml, instead of the file'),
  indicators: PushedList.optional().describe('Values the caller has measured'),
  indicatorsFrom: Report.optional().describe(
    'The same as a tool reports them: http_req_duration.p(95), http_req_failed.rate',
  ),
  context: z.uuid().optional().describe("Keptn's shkeptncontext"),
  gitCommitId: GitCommitId.optional().describe(
    'The commit of the definitions, its full id or at least 7 digits: the evaluation is judged by its files, whatever is checked out',
  ),
})
  .superRefine(({ indicators = [], indicatorsFrom }, context) => {
    const reported = new Set(indicatorsFrom?.values.map(({ metric }) => metric))
    for (const [index, { metric }] of indicators.entries()) {
      if (!reported.has(metric)) continue
      const message = `${JSON.stringify(metric)} is in indicatorsFrom too: one value for each metric`
      context.addIssue({ code: 'custom', path: ['indicators', index, 'metric'], message, params: duplicate })
    }
  })
  .nullish()
  .transform((body) => body ?? {})
  .meta({ id: 'EvaluationRequest' })

export const ProviderQueryRequest = exactly({
  project: Name,
  stage: Name,
  service: ServiceName,
  indicator: MetricName.describe("Its name in the provider's sli.yaml"),
  window: WindowRequest,
  labels: Labels.optional(),
}).meta({ id: 'ProviderQueryRequest' })

/** How many entries a page has; in a query, as decimal digits. */
export function pageLimit(absent: number, max: number) {
  const isDecimal = (text: unknown): text is string => typeof text === 'string' && /^\d{1,9}$/.test(text)
  return z.preprocess((text) => (isDecimal(text) ? Number(text) : text), z.int().min(1).max(max).default(absent))
}

/** As `toCursor` writes it. */
export const CursorText = z.string().max(200).meta({ pattern: '^[A-Za-z0-9_-]*$' })

/** Of a list: cursors to go on with, null where nothing is. */
export const PageWire = z.object({ next: CursorText.nullable(), prev: CursorText.nullable() })

export const ServicePath = z.object({ project: Name, stage: Name, service: ServiceName })
