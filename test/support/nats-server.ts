import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startChild, type Child } from '../../demo/child.ts'
import { fetchDebianPackage } from '../../demo/debian.ts'
import { freePort } from '../../demo/port.ts'

/** A first `npm test` on a machine without nats-server fetches Debian's package. */
export const natsServerMs = 240_000

/** A real nats-server with JetStream, on one port and one data folder for as long as it lives. */
export interface NatsServer {
  readonly url: string
  /** Dies without a word. Resolves when it is gone. */
  kill(): Promise<void>
  /** After `kill`: again on the same port and the same data. */
  start(): Promise<void>
}

const toolsFolder = fileURLToPath(new URL('../../.pharos/tools', import.meta.url))

/** `nats-server` on the PATH, else Debian's package, unpacked and not installed. Rejects when none can be had. */
async function findNatsServer(): Promise<string> {
  const places = [...(process.env['PATH'] ?? '').split(delimiter), join(toolsFolder, 'nats-server', 'usr', 'sbin')]
  const find = (): string | undefined => places.map((place) => join(place, 'nats-server')).find(existsSync)
  const found = find()
  if (found !== undefined) return found
  const { signal } = new AbortController()
  await fetchDebianPackage('nats-server', { folder: toolsFolder, env: process.env, signal })
  const fetched = find()
  if (fetched === undefined) throw new Error("there is no nats-server in Debian's package: install one on the PATH")
  return fetched
}

/** `isStarted: false` only finds it and a port for it; `start` does the rest. `token`: what whoever connects must show. */
export async function startNatsServer(
  folder: string,
  scope: AsyncDisposableStack,
  { isStarted = true, token }: { readonly isStarted?: boolean; readonly token?: string } = {},
): Promise<NatsServer> {
  const command = await findNatsServer()
  await mkdir(folder, { recursive: true })
  const [port, monitoring] = [await freePort(), await freePort()]
  const address = ['--addr', '127.0.0.1', '--port', String(port), '--http_port', String(monitoring)]
  const args = [...address, '--jetstream', '--store_dir', folder, ...(token === undefined ? [] : ['--auth', token])]
  const start = (): Promise<Child> =>
    startChild({
      name: 'nats-server',
      command,
      args,
      cwd: folder,
      env: process.env,
      logFile: join(folder, 'nats-server.log'),
      readyUrl: `http://127.0.0.1:${monitoring}/healthz`,
      scope,
    })
  let child = isStarted ? await start() : undefined
  return {
    url: `nats://127.0.0.1:${port}`,
    async kill() {
      child?.signal('SIGKILL')
      await child?.gone
    },
    async start() {
      child = await start()
    },
  }
}
