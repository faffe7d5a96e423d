import { missing } from '../answer.ts'
import type {
  IndicatorQuery,
  IndicatorReply,
  MeasureRequest,
  Provider,
  ProviderContext,
  ProviderHealth,
} from '../provider.ts'
import type { DynatraceConfig } from './config.ts'
import { GrailProvider } from './grail/provider.ts'
import { DynatraceProvider, withoutPlatform, withoutToken } from './provider.ts'
import { parseQuery } from './query.ts'

/** Sends an environment's queries to its API or, if configured, to its platform, depending on their language. */
export function openDynatrace(config: DynatraceConfig, context: ProviderContext): Provider {
  const classic = new DynatraceProvider(config, context)
  const { platform } = config
  const grail = platform === undefined ? undefined : new GrailProvider(config, platform, context)
  const partOf = (indicator: IndicatorQuery): Part => {
    const isDql = parseQuery(indicator.query, config.language).kind === 'dql'
    if (isDql && grail !== undefined) return grail
    return !isDql && Object.keys(indicator.options ?? {}).length > 0 ? withoutOptions : classic
  }
  const parts: readonly Part[] = [withoutOptions, classic, ...(grail === undefined ? [] : [grail])]
  const checked = grail === undefined ? [classic] : config.token === undefined ? [grail] : [classic, grail]
  return {
    measure: async (request) => {
      const replies = await Promise.all(
        parts.map((part) => measurePart(part, request, (indicator) => partOf(indicator) === part)),
      )
      return replies
        .flat()
        .toSorted((one, other) => one.index - other.index)
        .map(({ reply }) => reply)
    },
    check: (signal) => checkAll(checked, signal),
    ...(grail !== undefined && { validateQuery: (query, signal) => grail.validateQuery(query, signal) }),
    unaskable: (asked) => unaskable(asked, config),
    close: async () => {
      await Promise.all([classic.close(), grail?.close()])
    },
  }
}

function unaskable(
  { query, options = {} }: Pick<IndicatorQuery, 'query' | 'options'>,
  { language, platform, token }: DynatraceConfig,
): string | undefined {
  const parsed = parseQuery(query, language)
  // The value of a placeholder may make it a valid query.
  if (parsed.kind === 'invalid') return query.includes('$') ? undefined : parsed.message
  if (parsed.kind === 'dql') return platform === undefined ? withoutPlatform : undefined
  if (Object.keys(options).length > 0) return uselessOptions
  return token === undefined ? withoutToken : undefined
}

const uselessOptions = 'options.yaml has an entry for it, but options are for DQL only: remove the entry'

/** Refuses indicators for which an entry of `options.yaml` would have no effect. */
const withoutOptions: Pick<Provider, 'measure'> = {
  measure: async ({ indicators, onReply }) =>
    indicators.map(({ query }, index) => {
      const answer = missing('config', uselessOptions)
      const reply = { ...answer, query, attempts: 0, durationMs: 0 }
      onReply?.(index, reply)
      return reply
    }),
}

type Part = Pick<Provider, 'measure'>

interface PlacedReply {
  /** The index of its indicator in the whole request. */
  readonly index: number
  readonly reply: IndicatorReply
}

async function measurePart(
  part: Part,
  { onReply, ...request }: MeasureRequest,
  isOwn: (indicator: IndicatorQuery) => boolean,
): Promise<readonly PlacedReply[]> {
  const own = request.indicators.flatMap((indicator, index) => (isOwn(indicator) ? [{ indicator, index }] : []))
  if (own.length === 0) return []
  const placeOf = (index: number) => own[index]?.index ?? 0
  const replies = await part.measure({
    ...request,
    indicators: own.map(({ indicator }) => indicator),
    onReply: (index, reply) => onReply?.(placeOf(index), reply),
  })
  return replies.map((reply, index) => ({ index: placeOf(index), reply }))
}

async function checkAll(parts: readonly Pick<Provider, 'check'>[], signal: AbortSignal): Promise<ProviderHealth> {
  const healths = await Promise.all(parts.map((part) => part.check(signal)))
  const ill = healths.filter(({ ok }) => !ok)
  const reported = ill.length > 0 ? ill : healths
  return {
    ok: ill.length === 0,
    message: reported.map(({ message }) => message).join('; '),
    latencyMs: Math.max(...healths.map(({ latencyMs }) => latencyMs)),
  }
}
