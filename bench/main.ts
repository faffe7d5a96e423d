import { parseArgs } from 'node:util'
import { startPostgres } from '../test/support/postgres.ts'
import { printFigures } from './figures.ts'
import { measureService, type ServiceFigures } from './service.ts'

/** `npm run bench`: a table for people, then the same as one line of JSON. `-- --quick` is a trial of the benchmark itself. */
const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } })
const effort = values.quick ? { samples: 20, seconds: 1 } : { samples: 500, seconds: 10 }

const postgres = await startPostgres('durable')
console.error(`on ${postgres.description} (durable), then on the embedded database; this takes about a minute`)
const figures = {
  postgres: await measureService(postgres.url, effort),
  embedded: await measureService(undefined, effort),
}
await postgres.stop()

const round = (value: number, digits = 0): string => value.toFixed(digits)
const rows: readonly (readonly [string, (of: ServiceFigures) => string])[] = [
  ['overhead of 10 indicators, p50 (ms)', ({ overheadMs }) => round(overheadMs.p50, 1)],
  ['overhead of 10 indicators, p95 (ms)', ({ overheadMs }) => round(overheadMs.p95, 1)],
  ['of that, what the machine itself takes, p50 (ms)', ({ floorMs }) => round(floorMs.p50, 1)],
  ['pushed evaluations per second', ({ pushedPerSecond }) => round(pushedPerSecond.rate)],
  ['memory idle (MB)', ({ memoryMb }) => round(memoryMb.idle)],
  ['memory at 50 evaluations at once, peak (MB)', ({ memoryMb }) => round(memoryMb.peak)],
  ['ready on a fresh database (ms)', ({ readyMs }) => round(readyMs.fresh)],
  ['ready on the same again (ms)', ({ readyMs }) => round(readyMs.again)],
]
console.log(`| ${'figure'.padEnd(48)} | ${'PostgreSQL'.padStart(10)} | ${'embedded'.padStart(10)} |`)
console.log(`|${'-'.repeat(50)}|${'-'.repeat(11)}:|${'-'.repeat(11)}:|`)
for (const [title, show] of rows) {
  console.log(
    `| ${title.padEnd(48)} | ${show(figures.postgres).padStart(10)} | ${show(figures.embedded).padStart(10)} |`,
  )
}
printFigures({ figures })
