import type { Parsed } from './command.ts'
import { usageError } from './terminal.ts'

export const windowOptions = {
  window: { value: '15m', text: 'length of the window, up to now or from --start on: 15m, 1h30m, 7d' },
  start: { value: 'TIME', text: 'when the window begins, such as 2026-01-02T03:00:00Z' },
  end: { value: 'TIME', text: 'when it ends' },
  label: { value: 'k=v', isMany: true, text: 'a label' },
} as const

export interface RequestedWindow {
  readonly start?: string
  readonly end?: string
  readonly timeframe?: string
}

/** The part of a request that says the window; empty when nothing does. */
export function windowOf(parsed: Parsed): { readonly window?: RequestedWindow } {
  const [timeframe, start, end] = ['window', 'start', 'end'].map((name) => parsed.one(name))
  if (timeframe !== undefined && end !== undefined) throw usageError('--window and --end exclude each other')
  if (end !== undefined && start === undefined) throw usageError('--end needs --start')
  const window = {
    ...(start !== undefined && { start }),
    ...(end !== undefined && { end }),
    ...(timeframe !== undefined && { timeframe }),
  }
  return Object.keys(window).length === 0 ? {} : { window }
}

/** By name, of `name=value`. */
export function labelsOf(texts: readonly string[]): Record<string, string> {
  const pairs = texts.map((text) => {
    const at = text.indexOf('=')
    if (at < 1) throw usageError(`--label ${text} is no label: write name=value`)
    return [text.slice(0, at), text.slice(at + 1)] as const
  })
  const again = pairs.find(([name], place) => pairs.findIndex(([other]) => other === name) !== place)
  if (again !== undefined) throw usageError(`the label ${again[0]} is given twice`)
  return Object.fromEntries(pairs)
}
