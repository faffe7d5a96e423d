import type { CloudEvent } from './receiver.ts'

const textMax = 72

/** An event for people: pretty, long texts and lists shortened, nothing left out silently. */
export function shownEvent(event: CloudEvent): readonly string[] {
  return JSON.stringify(shortened(event), undefined, 2).split('\n')
}

function shortened(value: unknown): unknown {
  if (typeof value === 'string' && value.length > textMax) {
    return `${value.slice(0, textMax - 30)}… (${value.length} characters)`
  }
  if (Array.isArray(value)) return value.some(isObject) ? `… (${value.length} entries)` : value
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, nested]) => [key, shortened(nested)]))
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
