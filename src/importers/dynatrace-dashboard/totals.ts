import type { Comparison, TotalScore } from '../../../slo/index.ts'
import { duplicate, piecesOf } from './title.ts'

/** What holds for all objectives of a dashboard. */
export interface Totals {
  readonly totalScore: TotalScore
  readonly comparison: Comparison
}

/** What a dashboard says without a Markdown tile of the gate's. */
export const defaultTotals: Totals = {
  totalScore: { pass: 90, warning: 75 },
  comparison: { resultsMax: 1, include: 'pass', aggregate: 'avg' },
}

export type ParsedTotals =
  | { readonly kind: 'totals'; readonly totals: Totals }
  /** A Markdown tile of somebody else's. */
  | { readonly kind: 'foreign' }
  | { readonly kind: 'wrong'; readonly mistakes: readonly string[] }

/** What must be, where `value` is not it. */
type Read = (totals: Totals, value: string) => Totals | string

const resultsMax = 100

const keys: Readonly<Record<string, Read>> = {
  'kqg.total.pass': (totals, value) => withThreshold(totals, value, (pass) => ({ ...totals.totalScore, pass })),
  'kqg.total.warning': (totals, value) =>
    withThreshold(totals, value, (warning) => ({ ...totals.totalScore, warning })),
  'kqg.compare.withscore': (totals, value) =>
    withWord(value, ['pass', 'all', 'pass_or_warn'], (include) => compared(totals, { include })),
  'kqg.compare.results': (totals, value) => {
    const count = /^\d{1,3}$/.test(value) ? Number(value) : 0
    if (count < 1 || count > resultsMax) return `must be a whole number from 1 to ${resultsMax}`
    return compared(totals, { resultsMax: count })
  },
  'kqg.compare.function': (totals, value) =>
    withWord(value, ['avg', 'p50', 'p90', 'p95'], (aggregate) => compared(totals, { aggregate })),
}

/**
 * `KQG.Total.Pass=90%;KQG.Total.Warning=75%;KQG.Compare.WithScore=pass;KQG.Compare.Results=1;KQG.Compare.Function=avg`, each
 * optional. A text without `KQG.` is none of ours.
 * Source: keptn-contrib/dynatrace-service 2449853, internal/sli/dashboard/markdown_tile_processing.go.
 */
export function parseTotals(markdown: string): ParsedTotals {
  if (!markdown.includes('KQG.')) return { kind: 'foreign' }
  const mistakes: string[] = []
  const seen = new Set<string>()
  let totals = defaultTotals
  for (const { key, value } of piecesOf(markdown)) {
    const name = key.toLowerCase()
    const read = Object.hasOwn(keys, name) ? keys[name] : undefined
    if (read === undefined || value === undefined) continue
    if (seen.has(name)) {
      mistakes.push(duplicate(key))
      continue
    }
    seen.add(name)
    const changed = read(totals, value)
    if (typeof changed === 'string') mistakes.push(`${key} ${changed}, not ${JSON.stringify(value)}`)
    else totals = changed
  }
  return mistakes.length > 0 ? { kind: 'wrong', mistakes } : { kind: 'totals', totals }
}

function withThreshold(totals: Totals, value: string, changed: (threshold: number) => TotalScore): Totals | string {
  const threshold = /^\d+(\.\d+)?%?$/.test(value) ? Number.parseFloat(value) : Infinity
  if (threshold > 100) return 'must be a number from 0 to 100, with or without %'
  return { ...totals, totalScore: changed(threshold) }
}

function withWord<Word extends string>(
  value: string,
  words: readonly Word[],
  changed: (word: Word) => Totals,
): Totals | string {
  const word = words.find((one) => one === value)
  return word === undefined ? `must be ${words.join(' or ')}` : changed(word)
}

function compared(totals: Totals, change: Partial<Comparison>): Totals {
  return { ...totals, comparison: { ...totals.comparison, ...change } }
}
