import { setTimeout as after } from 'node:timers/promises'
import type {
  IndicatorReply,
  MeasureRequest,
  Provider,
  ProviderHealth,
  ProviderInstance,
} from '../../providers/index.ts'
import type { MissingOutcome } from '../../slo/index.ts'
import type { Instances } from './instances.ts'

/** How one provider is, as this process knows it. */
export interface ProviderState {
  readonly name: string
  readonly kind: string
  readonly settleMs: number
  readonly health: CheckedHealth
  /** What last kept an indicator from being asked here; null when nothing has. */
  readonly lastError: { readonly at: Date; readonly outcome: MissingOutcome; readonly message: string } | null
  /** When an indicator was last measured here. */
  readonly lastMeasuredAt: Date | null
}

export interface CheckedHealth extends ProviderHealth {
  readonly checkedAt: Date
}

export interface ProviderStates {
  /** The providers to measure with: what becomes of their indicators is noted. */
  readonly instances: Instances
  /** All of them, by name; who was not checked lately is checked now. Never rejects. */
  list(): Promise<readonly ProviderState[]>
  /** Checked now; undefined when there is none of that name. */
  check(name: string): Promise<CheckedHealth | undefined>
}

/** A health that is older is asked for anew. */
const freshMs = 30_000

/** For one check. */
const checkMs = 10_000

/** The replies that say something of the provider: a query that is wrong, or finds nothing, is the query's affair. */
const ofTheProvider: readonly string[] = ['unauthorized', 'rate_limited', 'timeout', 'upstream', 'config']

interface Noted {
  readonly instance: ProviderInstance
  checking: Promise<CheckedHealth> | undefined
  checkedAt: Date | undefined
  lastError: ProviderState['lastError']
  lastMeasuredAt: Date | null
}

export function createProviderStates(instances: Instances, now: () => Date): ProviderStates {
  const noted = new Map(
    [...instances].map(([name, instance]): [string, Noted] => [
      name,
      { instance, checking: undefined, checkedAt: undefined, lastError: null, lastMeasuredAt: null },
    ]),
  )
  const checkNow = (one: Noted): Promise<CheckedHealth> => {
    one.checkedAt = now()
    one.checking = checked(one.instance.provider, one.checkedAt)
    return one.checking
  }
  const stateOf = async (one: Noted): Promise<ProviderState> => {
    const { name, kind, settleMs } = one.instance
    const isFresh = one.checkedAt !== undefined && now().getTime() - one.checkedAt.getTime() < freshMs
    const health = await (isFresh ? (one.checking ?? checkNow(one)) : checkNow(one))
    return { name, kind, settleMs, health, lastError: one.lastError, lastMeasuredAt: one.lastMeasuredAt }
  }
  return {
    instances: new Map([...noted].map(([name, one]) => [name, noting(one, now)])),
    list: () => Promise.all([...noted.values()].map(stateOf)),
    async check(name) {
      const one = noted.get(name)
      return one && checkNow(one)
    },
  }
}

/** The instance, with what it replies noted. */
function noting(one: Noted, now: () => Date): ProviderInstance {
  const { provider } = one.instance
  const note = (reply: IndicatorReply) => {
    if (reply.outcome === 'measured') one.lastMeasuredAt = now()
    else if (ofTheProvider.includes(reply.outcome)) {
      one.lastError = { at: now(), outcome: reply.outcome, message: reply.message }
    }
  }
  const measure = (request: MeasureRequest) => {
    const onReply: MeasureRequest['onReply'] = (index, reply) => {
      // Who left does not know what the provider would have said.
      if (!request.signal.aborted) note(reply)
      request.onReply?.(index, reply)
    }
    return provider.measure({ ...request, onReply })
  }
  const validateQuery = provider.validateQuery?.bind(provider)
  const rest = { check: provider.check.bind(provider), close: provider.close.bind(provider) }
  const validating = validateQuery && { validateQuery }
  return { ...one.instance, provider: { ...rest, ...validating, measure } }
}

/** Never rejects, and takes no longer than a check may. */
async function checked(provider: Provider, checkedAt: Date): Promise<CheckedHealth> {
  const startedAt = performance.now()
  const unwell = (message: string) => ({ ok: false, message, latencyMs: performance.now() - startedAt, checkedAt })
  const ended = new AbortController()
  const late = after(checkMs, undefined, { signal: ended.signal }).then(
    () => unwell(`did not answer within ${checkMs / 1000} s`),
    () => unwell('was answered'),
  )
  try {
    const health = await Promise.race([provider.check(ended.signal), late])
    return { ...health, checkedAt }
  } catch (error) {
    return unwell(`the provider failed: ${error instanceof Error ? error.message : String(error)}`)
  } finally {
    ended.abort()
  }
}
