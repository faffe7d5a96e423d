/** After the first attempt. */
export const retriesMax = 3

/** An attempt with less time than this is not begun. */
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

/** Whether a reply with this status may be another one a moment later. */
export function isPassingStatus(status: number): boolean {
  return passingStatuses.has(status)
}

/** Whether an error with this `code` of the network may be gone a moment later; a certificate stays what it is. */
export function isPassingCode(code: string): boolean {
  return passingCodes.has(code)
}

/**
 * Milliseconds before retry number `retry` (from 0): anywhere up to a limit that doubles, so that many clients of one server
 * that stumbled do not come back in step.
 */
export function backoffMs(retry: number, random: () => number): number {
  return random() * Math.min(waitMsMax, firstWaitMsMax * 2 ** retry)
}

/** The wait a `Retry-After` header asks for, in milliseconds from `now`: seconds, or a date. Undefined when it holds neither. */
export function askedWaitMs(retryAfter: string, now: Date): number | undefined {
  if (/^\d{1,9}$/.test(retryAfter)) return Number(retryAfter) * 1000
  if (!/^[A-Z][a-z]{2}, /.test(retryAfter)) return undefined
  const at = Date.parse(retryAfter)
  return Number.isNaN(at) ? undefined : Math.max(at - now.getTime(), 0)
}
