import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startChild, type Child } from './child.ts'
import { freePort } from './port.ts'

/** The real service in a process of its own, on one port and one embedded database for as long as it lives. */
export interface Pharos {
  readonly url: string
  readonly logFile: string
  /** Without a chance to put anything in order. */
  kill(): Promise<void>
  /** After `kill`: again on the same port and the same data. */
  start(): Promise<void>
}

export interface PharosSetup {
  /** Made if need be; holds configuration, database and log. */
  readonly folder: string
  readonly prometheusUrl: string
  /** Where events are sent. */
  readonly sinkUrl: string
  /** The root of its definitions; the examples, without one. */
  readonly definitions?: string
  /** Ends it. */
  readonly scope: AsyncDisposableStack
}

const root = fileURLToPath(new URL('..', import.meta.url))

/** Starts Pharos on a fresh embedded database and a free loopback port, and waits until it is ready. */
export async function startPharos(setup: PharosSetup): Promise<Pharos> {
  const { folder, scope } = setup
  await mkdir(folder, { recursive: true })
  const configFile = join(folder, 'pharos.yaml')
  await writeFile(configFile, settings(setup))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const logFile = join(folder, 'pharos.log')
  const env = {
    ...process.env,
    // Whatever the caller has set: the demo never writes into somebody's database.
    DATABASE_URL: '',
    PHAROS_DATA: join(folder, 'data'),
    PHAROS_CONFIG: configFile,
    HOST: '127.0.0.1',
    PORT: String(port),
    LOG_LEVEL: 'info',
  }
  const start = (): Promise<Child> =>
    startChild({
      name: 'Pharos',
      command: process.execPath,
      args: ['--import', './src/require-node.mjs', 'src/main.ts'],
      cwd: root,
      env,
      logFile,
      readyUrl: `${url}/readyz`,
      scope,
    })
  let child = await start()
  return {
    url,
    logFile,
    async kill() {
      child.signal('SIGKILL')
      await child.gone
    },
    async start() {
      child = await start()
    },
  }
}

/** JSON is YAML, and nothing in it needs quoting by hand. */
function settings({ prometheusUrl, sinkUrl, definitions = join(root, 'slo', 'examples') }: PharosSetup): string {
  return JSON.stringify({
    definitions,
    providers: { prometheus: { kind: 'prometheus', url: prometheusUrl } },
    sinks: [{ name: 'demo', url: sinkUrl, types: ['evaluation.started', 'evaluation.finished'] }],
  })
}
