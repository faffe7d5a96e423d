import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { issuesOf } from './build.ts'

const Line = z.object({ input: z.object({ slo: z.string() }) })

/** Valid files to begin with, each written in its own way. */
export function mutableTexts(): readonly string[] {
  return readFileSync(new URL('../vectors/edge-parse.jsonl', import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => Line.parse(JSON.parse(line)).input.slo)
    .filter((text) => issuesOf(text).length === 0)
}

/** A stream of numbers in [0, 1) that is the same for the same seed (mulberry32). */
function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** What a slip of the hand, or of a tool, puts into an SLO. */
const snippets = [
  '\n',
  '\r',
  '\t',
  ' ',
  '  ',
  '-',
  '- ',
  ': ',
  ':',
  '? ',
  '#',
  '[',
  ']',
  '{',
  '}',
  ',',
  '&a ',
  '*a',
  '<<: *a',
  '!',
  '!!int ',
  '|',
  '>',
  '%',
  '"',
  "'",
  '@',
  '`',
  '\\',
  '---\n',
  '...\n',
  '%YAML 1.2\n',
  'null',
  '~',
  '0',
  '-1',
  '1.5',
  '1e400',
  '.inf',
  'true',
  'yes',
  '<=+10%',
  '\u0000',
  '\uFEFF',
  '\ud800',
  '\u2028',
  '\u0085',
  '🚀',
  'x-',
  'sli: a\n',
  'pass:\n',
  'criteria: []',
  'weight: 0\n',
  'total_score: {}\n',
  'key_sli: 1\n',
]

/** Texts without end, each one to three slips away from one of `texts`. */
export function mutator(texts: readonly string[], seed: number): () => string {
  const random = seededRandom(seed)
  const below = (limit: number) => Math.floor(random() * limit)
  const oneOf = (choices: readonly string[]) => choices[below(choices.length)] ?? ''
  return () => {
    let text = oneOf(texts)
    for (let slips = 1 + below(3); slips > 0; slips -= 1) text = slip(text, oneOf, texts, below)
    return text
  }
}

function slip(
  text: string,
  oneOf: (choices: readonly string[]) => string,
  texts: readonly string[],
  below: (limit: number) => number,
): string {
  const at = below(text.length + 1)
  const until = Math.min(text.length, at + below(12))
  const other = oneOf(texts)
  const from = below(other.length + 1)
  const slips = [
    () => text.slice(0, at) + oneOf(snippets) + text.slice(at),
    () => text.slice(0, at) + text.slice(until),
    () => text.slice(0, until) + text.slice(at),
    () => text.slice(0, at) + oneOf(snippets) + text.slice(until),
    () => text.slice(0, at) + String.fromCharCode(below(0x250)) + text.slice(at + 1),
    () => text.slice(0, at) + other.slice(from, from + below(80)) + text.slice(at),
    () => text.slice(0, at),
  ]
  return slips[below(slips.length)]?.() ?? text
}
