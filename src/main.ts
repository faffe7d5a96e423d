import { pino } from 'pino'
import { compose, type Service } from './compose.ts'
import { loadConfig } from './config.ts'
import { StartError } from './errors.ts'
import { resolveSecret } from './secrets.ts'

/** A stop that takes longer has failed: whoever asked for it must not wait for ever. */
const stopMs = 10_000

const usage = `usage: npm start

Serves the API. Settings come from pharos.yaml and the environment: see docs/operating.md.`

async function main(argv: readonly string[]): Promise<void> {
  if (argv.length > 0) {
    process.stderr.write(`${usage}\n`)
    process.exit(argv.includes('--help') ? 0 : 2)
  }
  const { env } = process
  const config = await loadConfig(env, { cwd: process.cwd() })
  const log = pino({ level: config.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime })
  const service = await compose(config, { log, secret: (reference) => resolveSecret(reference, env) })
  stopOnSignal(service)
  log.info({ url: service.url, database: service.database }, 'pharos is ready')
}

/** Ctrl-C in a terminal arrives twice under npm: from the terminal, and from npm that passes it on. One stop is enough. */
function stopOnSignal(service: Service): void {
  let isStopping = false
  const stop = (): void => {
    if (isStopping) return
    isStopping = true
    setTimeout(() => process.exit(1), stopMs).unref()
    service.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`Pharos did not stop in order: ${String(error)}\n`)
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${describe(error)}\n`)
  process.exit(1)
})

/** What an operator can mend is one sentence; what is our fault shows its stack. */
function describe(error: unknown): string {
  if (error instanceof StartError) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
