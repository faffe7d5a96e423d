const textMax = 72
const textShown = 40

/**
 * An event as JSON for people, lines up to `width` where the parts allow it: as many fields as fit into a line, long texts
 * and lists of objects shortened, which shows.
 */
export function shownEvent(event: object, width: number): readonly string[] {
  return ['{', ...indented(fieldLines(event, width - 2)), '}']
}

function fieldLines(object: object, width: number): readonly string[] {
  const lines: string[] = []
  const fields = Object.entries(object)
  for (const [index, [key, value]] of fields.entries()) {
    const comma = index < fields.length - 1 ? ',' : ''
    const text = `"${key}": ${JSON.stringify(shortened(value))}${comma}`
    const last = lines.at(-1)
    if (text.length > width && isObject(value)) {
      lines.push(`"${key}": {`, ...indented(fieldLines(value, width - 2)), `}${comma}`)
    } else if (last !== undefined && !last.startsWith('}') && last.length + 1 + text.length <= width) {
      lines[lines.length - 1] = `${last} ${text}`
    } else {
      lines.push(text)
    }
  }
  return lines
}

function indented(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `  ${line}`)
}

function shortened(value: unknown): unknown {
  if (typeof value === 'string' && value.length > textMax) {
    return `${value.slice(0, textShown)}… (${value.length} characters)`
  }
  if (!Array.isArray(value) || !value.some(isObject)) return value
  return `… (${value.length} ${value.length === 1 ? 'entry' : 'entries'})`
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
