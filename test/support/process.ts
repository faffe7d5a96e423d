import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import { client, writeFiles, type TestService } from './service.ts'

const repository = fileURLToPath(new URL('../..', import.meta.url))

/** A program that ended or is ready. */
export interface Pharos extends Omit<TestService, 'root' | 'stop'> {
  readonly child: ChildProcess
  /** Everything printed so far. */
  readonly output: () => string
  /** Its exit code or the signal that ended it. */
  readonly ended: Promise<number | string>
}

export interface ProgramOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly settings?: object
  /** Paths below the definitions root and their texts. */
  readonly files?: Readonly<Record<string, string>>
  /** How it is started; `node src/main.ts` unless a test is about that. */
  readonly command?: readonly [string, ...string[]]
  /** Called with everything printed so far, each time there is more. */
  readonly onOutput?: (output: string, child: ChildProcess) => void
}

const node = [process.execPath, '--import', './src/require-node.mjs', 'src/main.ts'] as const

/**
 * Starts the program and waits until it says that it is ready; killed at the end of `scope`. Rejects with its output when it
 * ends before.
 */
export async function startPharos(options: ProgramOptions, scope?: AsyncDisposableStack): Promise<Pharos> {
  const program = await spawnPharos(options)
  scope?.defer(async () => {
    program.child.kill('SIGKILL')
    await program.ended
  })
  const ready = new Promise<string>((resolve) => {
    program.child.stdout?.on('data', () => {
      const url = /"url":"([^"]+)".*"msg":"pharos is ready"/.exec(program.output())?.[1]
      if (url !== undefined) resolve(url)
    })
  })
  const url = await Promise.race([ready, program.ended.then(() => undefined)])
  if (url === undefined) throw new Error(`pharos ended before it was ready:\n${program.output()}`)
  return { ...program, ...client({ url }) }
}

/** Starts the program and waits for its end. */
export async function runPharos(
  options: ProgramOptions,
): Promise<{ readonly code: number | string; readonly output: string }> {
  const program = await spawnPharos(options)
  const code = await program.ended
  return { code, output: program.output() }
}

async function spawnPharos({ env, settings, files = {}, command = node, onOutput }: ProgramOptions) {
  const root = await writeFiles({ 'shop/.keep': '', ...files })
  const folder = await writeFiles({ 'pharos.yaml': stringify({ definitions: root, ...settings }) })
  const [program, ...argv] = command
  const child = spawn(program, argv, {
    cwd: repository,
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      NODE_OPTIONS: process.env['NODE_OPTIONS'],
      PHAROS_TEST_LEAVING: process.env['PHAROS_TEST_LEAVING'],
      PORT: '0',
      PHAROS_CONFIG: join(folder, 'pharos.yaml'),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      onOutput?.(output, child)
    })
  }
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string)
  return { child, ended, output: () => output }
}
