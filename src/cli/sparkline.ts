const bars = '▁▂▃▄▅▆▇█'

/** Values as bars from their least to their largest; a blank where there is none, the lowest bar where all are equal. */
export function sparkline(values: readonly (number | null)[]): string {
  const known = values.filter((value) => value !== null)
  const least = Math.min(...known)
  const largest = Math.max(...known)
  return values
    .map((value) => {
      if (value === null) return ' '
      // Halved, since the distance of two large numbers may be no finite number.
      const span = largest / 2 - least / 2
      const height = span === 0 ? 0 : (value / 2 - least / 2) / span
      return bars[Math.min(bars.length - 1, Math.floor(height * bars.length))] ?? ''
    })
    .join('')
}
