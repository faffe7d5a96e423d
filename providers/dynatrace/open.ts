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
import { DynatraceProvider } from './provider.ts'
import { parseQuery } from './query.ts'

/** What answers an environment's queries: its API alone, or with its platform, each what is its own. */
export function openDynatrace(config: DynatraceConfig, context: ProviderContext): Provider {
  const classic = new DynatraceProvider(config, context)
  const { platform } = config
  if (platform === undefined) return classic
  const grail = new GrailProvider(config, platform, context)
  const isDql = ({ query }: IndicatorQuery) => parseQuery(query, config.language).kind === 'dql'
  return {
    measure: async (request) => {
      const replies = await Promise.all([
        measurePart(grail, request, isDql),
        measurePart(classic, request, (indicator) => !isDql(indicator)),
      ])
      return replies
        .flat()
        .toSorted((one, other) => one.index - other.index)
        .map(({ reply }) => reply)
    },
    check: (signal) => checkAll(config.token === undefined ? [grail] : [classic, grail], signal),
    validateQuery: (query, signal) => grail.validateQuery(query, signal),
    close: async () => {
      await Promise.all([classic.close(), grail.close()])
    },
  }
}

type Part = Pick<Provider, 'measure' | 'check'>

interface PlacedReply {
  /** Place of its indicator in the whole request. */
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

async function checkAll(parts: readonly Part[], signal: AbortSignal): Promise<ProviderHealth> {
  const healths = await Promise.all(parts.map((part) => part.check(signal)))
  const ill = healths.filter(({ ok }) => !ok)
  const told = ill.length > 0 ? ill : healths
  return {
    ok: ill.length === 0,
    message: told.map(({ message }) => message).join('; '),
    latencyMs: Math.max(...healths.map(({ latencyMs }) => latencyMs)),
  }
}
