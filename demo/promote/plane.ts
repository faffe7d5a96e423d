import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { startChild, type Child } from '../child.ts'
import { Entry } from './pipeline.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

const Journal = z.object({ entries: z.array(Entry), deliveries: z.array(z.string()) })

/** The control plane as a process of its own, on one port and one journal for as long as it lives. */
export interface ControlPlane {
  readonly url: string
  build(version: string): Promise<void>
  /** What it remembers, and the id of every finished event that it read, in order. */
  journal(): Promise<z.infer<typeof Journal>>
  /** Without a chance to put anything in order. */
  kill(): Promise<void>
  /** After `kill`: again, with the same journal. With `isUnreliable` it sends triggers too often and loses its replies. */
  start(isUnreliable: boolean): Promise<void>
}

export interface ControlPlaneSetup {
  readonly folder: string
  readonly port: number
  readonly pharosUrl: () => string
  readonly scope: AsyncDisposableStack
}

/** Not started yet. */
export function createControlPlane({ folder, port, pharosUrl, scope }: ControlPlaneSetup): ControlPlane {
  const url = `http://127.0.0.1:${port}`
  let child: Child | undefined
  return {
    url,
    async build(version) {
      await fetch(`${url}/builds`, { method: 'POST', body: JSON.stringify({ version }) })
    },
    async journal() {
      return Journal.parse(await (await fetch(`${url}/journal`)).json())
    },
    async kill() {
      child?.signal('SIGKILL')
      await child?.gone
    },
    async start(isUnreliable) {
      const options = ['--port', String(port), '--pharos', pharosUrl(), '--journal', join(folder, 'journal.jsonl')]
      child = await startChild({
        name: 'the control plane',
        command: process.execPath,
        args: ['demo/promote/control-plane.ts', ...options, ...(isUnreliable ? ['--copies', '3', '--deaf'] : [])],
        cwd: root,
        env: process.env,
        logFile: join(folder, 'control-plane.log'),
        readyUrl: `${url}/journal`,
        scope,
      })
    },
  }
}
