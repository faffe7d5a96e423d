/** Not counting the first attempt. */
export const retriesMax = 3

/** An attempt is not started with less time than this. */
export const attemptMsMin = 250

const firstWaitMsMax = 400
const waitMsMax = 8_000

const passingStatuses: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504])

const passingCodes: ReadonlySet<string> = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_SOCKET',
])

/** Whether a retry may get another status a moment later. */
export function isPassingStatus(status: number): boolean {
  return passingStatuses.has(status)
}

/** Whether a network error with this `code` may be gone a moment later, unlike an invalid certificate. */
export function isPassingCode(code: string): boolean {
  return passingCodes.has(code)
}

/**
 * Milliseconds before retry number `retry` (from 0): a random value below a limit that doubles, so that many clients of a
 * failing server do not retry in step.
 */
export function backoffMs(retry: number, random: () => number): number {
  return random() * Math.min(waitMsMax, firstWaitMsMax * 2 ** retry)
}

/** The wait that a `Retry-After` header asks for (seconds or a date), in milliseconds from `now`. Undefined if it has neither. */
export function askedWaitMs(retryAfter: string, now: Date): number | undefined {
  if (/^\d{1,9}$/.test(retryAfter)) return Number(retryAfter) * 1000
  if (!/^[A-Z][a-z]{2}, /.test(retryAfter)) return undefined
  const at = Date.parse(retryAfter)
  return Number.isNaN(at) ? undefined : Math.max(at - now.getTime(), 0)
}
