import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { z } from 'zod'
import { parseSlo, SloError, type Candidate, type Measurement, type Slo } from '../../slo/index.ts'
import { usageError, type Terminal } from './terminal.ts'

/** Offline nobody answers: values are simply given. */
const given = 'given'

/** A value of the recorded form; without a value or with `success: false` it was not measured. */
const Delivered = z.strictObject({
  metric: z.string(),
  value: z.number().nullish(),
  success: z.boolean().optional(),
  message: z.string().nullish(),
  comparedValue: z.number().nullish(),
})
type Delivered = z.infer<typeof Delivered>

const Flat = z.record(z.string(), z.number().nullable())
const Values = z.union([z.array(Delivered.nullable()), Flat], {
  error:
    'must be an object such as {"error_rate": 0.3}, or a list such as [{"metric": "error_rate", "value": 0.3, "success": true}]',
})
const Earlier = z.array(Values.nullable(), {
  error: 'must be a list of earlier evaluations, newest first, each an object such as {"error_rate": 0.3} or a list',
})

/** A file, or standard input for `-`. */
export async function readText(file: string, terminal: Terminal): Promise<string> {
  if (file === '-') return terminal.input()
  try {
    return await readFile(resolve(terminal.cwd, file), 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'it cannot be read'
    throw usageError(`${file}: ${code === 'ENOENT' ? 'there is no such file' : code}`)
  }
}

export async function readSlo(file: string, terminal: Terminal): Promise<Slo> {
  const text = await readText(file, terminal)
  try {
    return parseSlo(text)
  } catch (error) {
    if (!(error instanceof SloError)) throw error
    throw usageError(
      error.issues.map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`).join('\n'),
    )
  }
}

/** Values that were measured elsewhere, one measurement for each. */
export async function readMeasurements(file: string, terminal: Terminal): Promise<readonly Measurement[]> {
  const values = await readJson(file, Values, terminal)
  const delivered = listed(values)
  const again = delivered.find(({ metric }, place) => delivered.findIndex((one) => one.metric === metric) !== place)
  if (again !== undefined && !Array.isArray(values)) throw usageError(`${file}: ${again.metric} is given twice`)
  return delivered.map(toMeasurement)
}

/** Earlier evaluations, newest first, named by how many builds ago they were. */
export async function readHistory(file: string, terminal: Terminal): Promise<readonly Candidate[]> {
  const evaluations = await readJson(file, Earlier, terminal)
  return evaluations.map((values, place) => ({
    id: `${place + 1} back`,
    result: 'pass',
    values: listed(values ?? []).flatMap(({ metric, value, success }) =>
      isMeasured(value, success) ? [{ provider: given, name: metric, definition: null, value: value ?? 0 }] : [],
    ),
  }))
}

async function readJson<Value>(file: string, schema: z.ZodType<Value>, terminal: Terminal): Promise<Value> {
  const text = await readText(file, terminal)
  const name = file === '-' ? 'standard input' : file
  const parsed = schema.safeParse(jsonOf(text, name))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const place = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`
  throw usageError(`${name}${place}: ${issue?.message ?? 'is not valid'}`)
}

function jsonOf(text: string, name: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw usageError(`${name} is not JSON: ${error.message}`)
  }
}

function listed(values: z.infer<typeof Values>): readonly Delivered[] {
  if (Array.isArray(values)) return values.filter((value) => value !== null)
  return Object.entries(values).map(([metric, value]) => ({ metric, value }))
}

/** In the recorded form a missing `success` is false only where the value is missing, too. */
function isMeasured(value: number | null | undefined, success: boolean | undefined): boolean {
  return success ?? (value !== null && value !== undefined)
}

function toMeasurement({ metric, value, success, message }: Delivered): Measurement {
  const asked = { indicator: metric, provider: given, name: metric, definition: null, query: null, warnings: [] }
  if (isMeasured(value, success)) return { ...asked, kind: 'measured', value: value ?? 0 }
  return { ...asked, kind: 'missing', outcome: 'no_data', message: message ?? 'No value was given.' }
}
