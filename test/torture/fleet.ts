import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { startChild, type Child } from '../../demo/child.ts'
import { freePort } from '../../demo/port.ts'
import { waitFor } from '../../demo/wait.ts'
import type { SteppingClock } from '../support/stepping-clock.ts'
import { networkTo, type Proxy } from '../support/proxy.ts'

/** One Pharos process on an address that survives its deaths. */
export interface Program {
  readonly name: string
  readonly url: string
  /** Dies without a word and is started again at once; resolves with how long it took to be ready, in milliseconds. */
  kill(): Promise<number>
  /** Stands still for so long, as a paused machine does, and goes on as if nothing had been. */
  pause(ms: number): Promise<void>
  isReady(): Promise<boolean>
  usage(): Promise<Usage>
  /** Ends it for good. */
  stop(): Promise<void>
}

/** One of several, with a network of its own to the database. */
export interface Member extends Program {
  /** Between it and PostgreSQL. */
  readonly network: Proxy
}

/** What a process holds of the machine. */
export interface Usage {
  readonly memoryMb: number
  readonly handles: number
}

export interface ProgramSetup {
  /** The repository whose program is run. */
  readonly program: string
  /** Holds `pharos.yaml`, the logs, and the embedded database of each, in a folder of its name. */
  readonly folder: string
  readonly scope: AsyncDisposableStack
}

export interface FleetSetup extends ProgramSetup {
  readonly members: number
  readonly postgresUrl: string
  /** Of the first of them alone. */
  readonly clock: SteppingClock
}

const readyLimitMs = 60_000

/** Writes what every process reads: settings, and files below the definitions root. */
export async function writeSettings(
  folder: string,
  settings: object,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  const definitions = Object.entries(files).map(([path, text]) => [`definitions/${path}`, text] as const)
  const pharosYaml = stringify({ definitions: './definitions', ...settings })
  for (const [path, text] of [['pharos.yaml', pharosYaml] as const, ...definitions]) {
    await mkdir(join(folder, path, '..'), { recursive: true })
    await writeFile(join(folder, path), text)
  }
}

/** Starts all members on one database. */
export async function startFleet(setup: FleetSetup): Promise<readonly Member[]> {
  const names = Array.from({ length: setup.members }, (_, index) => `pharos-${index + 1}`)
  return Promise.all(names.map((name, index) => startMember(name, index === 0 ? setup.clock.env : {}, setup)))
}

async function startMember(name: string, clock: SteppingClock['env'], setup: FleetSetup): Promise<Member> {
  const { url, network } = await networkTo(setup.postgresUrl, setup.scope)
  return { ...(await startProgram(name, { ...clock, DATABASE_URL: url }, setup)), network }
}

/** `own`: variables that it alone has; without `DATABASE_URL` that is an embedded database. */
export async function startProgram(
  name: string,
  own: Readonly<Record<string, string>>,
  { program, folder, scope }: ProgramSetup,
): Promise<Program> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const start = (): Promise<Child> =>
    startChild({
      name,
      command: process.execPath,
      args: ['--import', './src/require-node.mjs', 'src/main.ts'],
      cwd: program,
      env: {
        PATH: process.env['PATH'],
        PORT: String(port),
        PHAROS_SECRET_KEY: 'the same for every process of this run',
        PHAROS_CONFIG: join(folder, 'pharos.yaml'),
        PHAROS_DATA: join(folder, name),
        ...own,
      },
      logFile: join(folder, `${name}.log`),
      // It may be started while the database is away; who needs it ready waits for that.
      readyUrl: `${url}/livez`,
      scope,
    })
  /** As whoever runs it would: one that ends at its start, because the database went away meanwhile, is started again. */
  const started = async (): Promise<Child> => {
    const until = performance.now() + readyLimitMs
    for (;;) {
      try {
        return await start()
      } catch (error) {
        if (performance.now() > until) throw error
      }
    }
  }
  const isReady = async (): Promise<boolean> => {
    const reply = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined)
    await reply?.arrayBuffer()
    return reply?.status === 200
  }
  let child = await start()
  return {
    name,
    url,
    isReady,
    async kill() {
      const killedAt = performance.now()
      child.signal('SIGKILL')
      await child.gone
      child = await started()
      await waitFor(`${name} is ready`, readyLimitMs, async () => ((await isReady()) ? true : undefined))
      return performance.now() - killedAt
    },
    async pause(ms) {
      child.signal('SIGSTOP')
      await new Promise((resolve) => setTimeout(resolve, ms))
      child.signal('SIGCONT')
    },
    usage: () => usageOf(child.pid),
    stop: () => child.stop(),
  }
}

async function usageOf(pid: number): Promise<Usage> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const handles = await readdir(`/proc/${pid}/fd`)
  return { memoryMb: Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024, handles: handles.length }
}
