import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { defaultPolicies, judge, parseSlo } from '../slo/index.ts'
import { EvaluateCase } from '../test/conformance/case.ts'
import { candidatesOf, measurementsOf } from '../test/conformance/input.ts'
import { runTexts } from '../test/conformance/run.ts'
import { printFigures } from './figures.ts'

/**
 * `npm run bench:slo`: how fast the judge is beside Keptn's own evaluation code, on the same recorded inputs and one thread;
 * a table for people, then one line of JSON. `-- --quick` is a trial of the benchmark itself.
 */
const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } })
const effort = values.quick ? { samples: 3, sampleMs: 50 } : { samples: 7, sampleMs: 1000 }

const folder = new URL('../../shared/vectors/', import.meta.url)
const text = readFileSync(new URL('bench-input.jsonl', folder), 'utf8')
const reference = referenceFigures(readFileSync(new URL('BENCH.md', folder), 'utf8'))

interface Figures {
  readonly id: string
  readonly objectives: number
  readonly criteria: number
  /** Evaluations per second: an SLO that is parsed already, then parsing alone. Each beside the reference's. */
  readonly judge: number
  readonly judgeReference: number
  readonly parse: number
  readonly parseReference: number
}

function measure(line: string): Figures {
  const { input } = EvaluateCase.parse(JSON.parse(line))
  const { id } = JSON.parse(line)
  const slo = parseSlo(input.slo)
  const delivered = (input.sli ?? []).filter((measurement) => measurement !== null)
  const measurements = measurementsOf(delivered, slo)
  const candidates = candidatesOf(input.previous ?? [])
  const figures = reference.get(id)
  if (figures === undefined) throw new Error(`BENCH.md has no row ${id}`)
  return {
    id,
    objectives: slo.objectives.length,
    criteria: slo.objectives.flatMap(({ pass, warning }) => [...pass, ...warning].flat()).length,
    judge: perSecond(() => judge(slo, measurements, candidates, defaultPolicies)),
    judgeReference: figures.judge,
    parse: perSecond(() => parseSlo(input.slo)),
    parseReference: figures.parse,
  }
}

/** The median of several samples, after a warm-up. */
function perSecond(work: () => unknown): number {
  const rates = Array.from({ length: effort.samples + 1 }, () => rateOf(work)).slice(1)
  return rates.toSorted((one, other) => one - other)[Math.floor(effort.samples / 2)] ?? 0
}

function rateOf(work: () => unknown): number {
  const startedAt = performance.now()
  let count = 0
  let tookMs = 0
  while (tookMs < effort.sampleMs) {
    work()
    count += 1
    tookMs = performance.now() - startedAt
  }
  return (count * 1000) / tookMs
}

/** The rows of the reference's table, by the id of their input. */
function referenceFigures(table: string): ReadonlyMap<string, { readonly judge: number; readonly parse: number }> {
  const rows = table.matchAll(/^\| `(?<id>[^`]+)` \|[^|]+\|[^|]+\| (?<judge>[\d,]+) \| (?<parse>[\d,]+) \|/gm)
  return new Map(
    Array.from(rows, ({ groups = {} }) => {
      const number = (name: string) => Number(groups[name]?.replaceAll(',', ''))
      return [groups['id'] ?? '', { judge: number('judge'), parse: number('parse') }]
    }),
  )
}

function shownRow(of: Figures): string {
  const microseconds = 1e6 / of.judge / of.criteria
  const cells = [
    of.id.padEnd(14),
    ...[of.objectives, of.criteria, of.judge, of.judgeReference].map((number) => number.toFixed(0).padStart(9)),
    `${(of.judge / of.judgeReference).toFixed(1)} ×`.padStart(9),
    microseconds.toFixed(2).padStart(12),
    ...[of.parse, of.parseReference].map((number) => number.toFixed(0).padStart(9)),
    `${(of.parseReference / of.parse).toFixed(1)} ×`.padStart(9),
  ]
  return `| ${cells.join(' | ')} |`
}

const { failures, passed } = runTexts([{ name: 'bench-input.jsonl', text }])
if (failures.length > 0) throw new Error(`the inputs do not come out as expected: ${JSON.stringify(failures)}`)
console.error(`${passed} inputs of ${fileURLToPath(folder)} come out as expected; this takes about two minutes`)
const figures = text.trim().split('\n').map(measure)
console.log(
  '| input          | objectives | criteria | judge/s | Keptn/s | faster | µs/criterion | parse/s | Keptn/s | slower |',
)
console.log('|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|')
for (const row of figures) console.log(shownRow(row))
printFigures({ figures })
