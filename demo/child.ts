import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { waitFor } from './wait.ts'

/** A server in a process of its own, its output in a file. It outlives neither its scope nor this process. */
export interface Child {
  readonly pid: number
  /** Pauses, resumes or kills it. */
  signal(name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void
  /** Settles when the process is gone, however it went. */
  readonly gone: Promise<void>
  /** Asks it to end, and ends it when it does not. */
  stop(): Promise<void>
}

export interface ChildCommand {
  /** For error messages. */
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly logFile: string
  /** Answers 200 as soon as the server is ready. */
  readonly readyUrl: string
  /** Ends it; once disposed, nothing is started any more. */
  readonly scope: AsyncDisposableStack
}

const readyLimitMs = 30_000
const readyAskMs = 2_000
const stopLimitMs = 10_000
const shownLogLines = 15

/** Starts a server and waits until it is ready. Throws an Error with the end of its log when it does not get there. */
export async function startChild(start: ChildCommand): Promise<Child> {
  if (start.scope.disposed) throw new Error(`${start.name} is not started: everything ends`)
  const { child, isGone } = spawnChild(start)
  start.scope.defer(() => child.stop())
  try {
    await waitFor(`${start.name} is ready`, readyLimitMs, async () => {
      if (isGone()) throw new Error(`${start.name} ended before it was ready`)
      return (await isReady(start.readyUrl)) ? true : undefined
    })
    return child
  } catch (cause) {
    await child.stop()
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`${message}\n${logEnd(start.logFile)}`, { cause })
  }
}

function spawnChild(start: ChildCommand): { readonly child: Child; readonly isGone: () => boolean } {
  const log = openSync(start.logFile, 'a')
  const spawned = spawn(start.command, start.args, { cwd: start.cwd, env: start.env, stdio: ['ignore', log, log] })
  closeSync(log)
  let isGone = false
  const killWithUs = () => spawned.kill('SIGKILL')
  process.once('exit', killWithUs)
  const gone = new Promise<void>((resolve) => {
    const end = () => {
      isGone = true
      process.off('exit', killWithUs)
      resolve()
    }
    spawned.once('exit', end)
    spawned.once('error', end)
  })

  async function stop(): Promise<void> {
    spawned.kill('SIGTERM')
    // A paused process hears SIGTERM only when it goes on.
    spawned.kill('SIGCONT')
    const force = setTimeout(() => spawned.kill('SIGKILL'), stopLimitMs)
    await gone
    clearTimeout(force)
  }
  return {
    child: { pid: spawned.pid ?? 0, signal: (name) => void spawned.kill(name), gone, stop },
    isGone: () => isGone,
  }
}

/** Whatever goes wrong with asking: it is not ready yet. */
async function isReady(url: string): Promise<boolean> {
  try {
    const reply = await fetch(url, { signal: AbortSignal.timeout(readyAskMs) })
    await reply.arrayBuffer()
    return reply.status === 200
  } catch {
    return false
  }
}

/** The last lines of a log; empty when there is none. */
export function logEnd(file: string): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-shownLogLines).join('\n')
  } catch {
    return ''
  }
}
