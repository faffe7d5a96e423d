import { buffer } from 'node:stream/consumers'
import { setTimeout as after } from 'node:timers/promises'
import { runCommand } from './cli/run.ts'
import { exitCodes, mayColor, type Terminal } from './cli/terminal.ts'
import type { Service } from './compose.ts'
import { loadConfig } from './config/load-config.ts'
import { StartError } from './base/errors.ts'
import { resolveSecret } from './base/secrets.ts'
import { withoutCredentials } from './base/shown-url.ts'

/** A stop that takes longer has failed: whoever asked for it must not wait for ever. */
const stopMs = 10_000

/** Of a line where nobody looks: a file, a pipe. */
const usualColumns = 100

/** `npm start` and `pharos serve` serve; everything else is a command that ends. */
async function main(argv: readonly string[]): Promise<void> {
  const [name] = argv
  if (name === undefined || (name === 'serve' && argv.length === 1)) return serve()
  process.stdout.on('error', onOutputError)
  process.exitCode = await runCommand(argv, terminal())
}

/** This process, as commands see it. */
function terminal(): Terminal {
  const { env, stdin, stdout, stderr } = process
  return {
    env,
    cwd: process.cwd(),
    columns: stdout.columns ?? columnsOf(env),
    isColored: mayColor(stdout.isTTY, env),
    input: () => buffer(stdin),
    out: (written) => void stdout.write(written),
    say: (line) => void stderr.write(`${line}\n`),
    now: () => new Date(),
    pause: (ms) => after(ms),
  }
}

/** Where standard output is no terminal, who calls may still say how long a line is. */
function columnsOf(env: NodeJS.ProcessEnv): number {
  const columns = Number(env['COLUMNS'])
  return Number.isInteger(columns) && columns > 0 ? columns : usualColumns
}

/** A reader that has seen enough, such as `head`, is no failure; a report that cannot be written is one. */
function onOutputError(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') return
  process.stderr.write(`standard output cannot be written: ${error.code ?? error.message}\n`)
  process.exit(exitCodes.usage)
}

/** What only the service needs is loaded only for it: a command starts in half the time. */
async function serve(): Promise<void> {
  const { env } = process
  const [{ compose }, { pino }, { mistakesOfProvider }] = await Promise.all([
    import('./compose.ts'),
    import('pino'),
    import('./measuring/instances.ts'),
  ])
  const config = await loadConfig(env, { cwd: process.cwd(), mistakesOfProvider })
  const log = pino({ level: config.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime })
  process.on('SIGHUP', () => log.warn('SIGHUP is ignored: settings are only read at startup'))
  const service = await compose(config, { log, secret: (reference) => resolveSecret(reference, env), env })
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
  process.stderr.write(`${withoutCredentials(describe(error))}\n`)
  process.exit(1)
})

/** What an operator can fix is one sentence; what is our fault shows its stack. */
function describe(error: unknown): string {
  if (error instanceof StartError) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
