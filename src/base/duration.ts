const millisecondsPerUnit: Readonly<Record<string, number>> = {
  w: 604_800_000,
  d: 86_400_000,
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

const goUnits = 'h|ms|m|s|us|µs|μs|ns'
const goDuration = wholeDuration(goUnits)
const duration = wholeDuration(`w|d|${goUnits}`)

/** Every text that `parseDuration` reads, but for those that are too long for Go. */
export const durationPattern = `${duration.source}|^[-+]?0$`
const part = /(\d+(?:\.\d*)?|\.\d+)([a-zµμ]+)/g

/** A way to write durations. */
export interface DurationForm {
  /** Milliseconds; undefined for any other text and for what Go cannot hold. May be negative. */
  readonly parse: (text: string) => number | undefined
  /** Examples, for messages. */
  readonly examples: string
}

/** In requests, options and files of ours. */
export const ourDurations: DurationForm = { parse: parseDuration, examples: '15m, 1h30m or 7d' }

/** In what Keptn defines. */
export const goDurations: DurationForm = { parse: parseGoDuration, examples: '15m, 1h30m or 168h' }

/**
 * Milliseconds of a Go duration that may also have days and weeks (`7d`, `1w`, `1d12h`): 24 hours and 7 days, whatever the
 * calendar says. Undefined for any other text and for what Go cannot hold. May be negative.
 */
export function parseDuration(text: string): number | undefined {
  return millisecondsOf(text, duration)
}

/**
 * Milliseconds of a Go duration: an optional sign, then numbers each with a unit (`1h30m`, `1.5h`, `90s`); `0` needs
 * none. Undefined for any other text and for what Go cannot hold. May be negative.
 */
function parseGoDuration(text: string): number | undefined {
  return millisecondsOf(text, goDuration)
}

/** The digits can be told apart in one way only: otherwise a text of many would take minutes. */
function wholeDuration(units: string): RegExp {
  return new RegExp(`^[-+]?(?:(?:\\d+(?:\\.\\d*)?|\\.\\d+)(?:${units}))+$`)
}

function millisecondsOf(text: string, whole: RegExp): number | undefined {
  if (/^[-+]?0$/.test(text)) return 0
  if (!whole.test(text)) return undefined
  const parts = [...text.matchAll(part)]
  const milliseconds = parts.reduce(
    (sum, [, count, unit]) => sum + Number(count) * (millisecondsPerUnit[unit ?? ''] ?? 0),
    0,
  )
  if (milliseconds >= millisecondsMax) return undefined
  return text.startsWith('-') ? -milliseconds : milliseconds
}

const dayMs = 86_400_000

/**
 * A duration as people write it: `1h30m`, `5m`, `1.5s`, `250ms`, `0s`; in days from two of them on (`366d`, `2d12h`), so that a day
 * stays `24h`. `parseDuration` reads the same whole milliseconds.
 */
export function formatDuration(milliseconds: number): string {
  const sign = milliseconds < 0 ? '-' : ''
  const length = Math.abs(Math.round(milliseconds))
  if (length < 1000) return length === 0 ? '0s' : `${sign}${length}ms`
  const days = length < 2 * dayMs ? 0 : Math.floor(length / dayMs)
  const rest = length - days * dayMs
  const parts = [
    [days, 'd'],
    [Math.floor(rest / 3_600_000), 'h'],
    [Math.floor((rest % 3_600_000) / 60_000), 'm'],
    [(rest % 60_000) / 1000, 's'],
  ] as const
  return sign + parts.map(([count, unit]) => (count > 0 ? `${count}${unit}` : '')).join('')
}
