import type { z } from 'zod'
import { nameOf, readText } from './files.ts'
import { usageError, type Terminal } from './terminal.ts'

/** So many mistakes of one file are told. */
const mistakesMax = 20

/** JSON of a file, or of standard input for `-`; `expected` completes the sentence about an empty one. */
export async function readJson(file: string, expected: string, terminal: Terminal): Promise<unknown> {
  const text = await readText(file, terminal)
  const name = nameOf(file)
  if (text.trim() === '') throw usageError(`${name} is empty: ${expected} was expected`)
  const json = parsed(text, name)
  const repeated = repeatedName(text)
  if (repeated !== undefined) throw usageError(`${name}: ${JSON.stringify(repeated)} is given twice`)
  return json
}

function parsed(text: string, name: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    const why = error.message.replace(/, (\.\.\.)?".*$/s, '').replace(/ in JSON at position \d+/, '')
    const hint = /\b(NaN|Infinity)\b/.test(text) ? '; JSON has neither NaN nor Infinity: null says not measured' : ''
    throw usageError(`${name} is not JSON: ${why}${hint}`)
  }
}

/** A name that one object of a JSON text has twice: which of the two was meant, nobody can tell. */
function repeatedName(text: string): string | undefined {
  const seen: Set<string>[] = []
  for (const [token, quoted, colon] of text.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|[{}[\]]/g)) {
    if (token === '{' || token === '[') seen.push(new Set())
    else if (token === '}' || token === ']') seen.pop()
    else if (quoted !== undefined && colon !== undefined) {
      const name = String(JSON.parse(quoted))
      if (seen.at(-1)?.has(name) === true) return name
      seen.at(-1)?.add(name)
    }
  }
  return undefined
}

/** A part of a file's JSON, as `schema` has it. Throws a CommandError with every mistake and its place. */
export function checked<Value>(schema: z.ZodType<Value>, json: unknown, place: string): Value {
  const result = schema.safeParse(json)
  if (result.success) return result.data
  const { issues } = result.error
  const lines = issues.slice(0, mistakesMax).map(({ path, message }) => {
    const steps = path.map((step) => (typeof step === 'number' ? `[${step}]` : String(step)))
    return `${[place, ...steps].join(' ')}: ${message}`
  })
  const more = issues.length - lines.length
  throw usageError([...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('\n'))
}
