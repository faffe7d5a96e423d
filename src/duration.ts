const millisecondsPerUnit: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ns: 1e-6,
}

/** Go counts nanoseconds in 64 bits: about 292 years. */
const millisecondsMax = 2 ** 63 / 1e6

/** In each the digits can be told apart in one way only: else a text of many takes minutes. */
const wholeDuration = /^[-+]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:h|ms|m|s|us|µs|μs|ns))+$/

/** Every text that `parseDuration` reads, but for those that are too long for Go. */
export const durationPattern = `${wholeDuration.source}|^[-+]?0$`
const part = /(\d+(?:\.\d*)?|\.\d+)(h|ms|m|s|us|µs|μs|ns)/g

/**
 * Milliseconds of a Go duration: an optional sign, then numbers each with a unit (`1h30m`, `1.5h`, `90s`); `0` needs
 * none. Undefined for any other text and for what Go cannot hold. May be negative.
 */
export function parseDuration(text: string): number | undefined {
  if (/^[-+]?0$/.test(text)) return 0
  if (!wholeDuration.test(text)) return undefined
  const parts = [...text.matchAll(part)]
  const milliseconds = parts.reduce(
    (sum, [, count, unit]) => sum + Number(count) * (millisecondsPerUnit[unit ?? ''] ?? 0),
    0,
  )
  if (milliseconds >= millisecondsMax) return undefined
  return text.startsWith('-') ? -milliseconds : milliseconds
}

/** A duration as people write it: `1h30m`, `5m`, `1.5s`, `250ms`, `0s`. Parses back to the same whole milliseconds. */
export function formatDuration(milliseconds: number): string {
  const sign = milliseconds < 0 ? '-' : ''
  const length = Math.abs(Math.round(milliseconds))
  if (length < 1000) return length === 0 ? '0s' : `${sign}${length}ms`
  const hours = Math.floor(length / 3_600_000)
  const minutes = Math.floor((length % 3_600_000) / 60_000)
  const seconds = (length % 60_000) / 1000
  return sign + (hours > 0 ? `${hours}h` : '') + (minutes > 0 ? `${minutes}m` : '') + (seconds > 0 ? `${seconds}s` : '')
}
