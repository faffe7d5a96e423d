import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import { execute, databaseUrl } from '../test/support/database-url.ts'

/** The service as it is run, in a process of its own, with its logs away. */
export interface Subject {
  readonly url: string
  /** From the start of the process to its first 200 of /readyz. */
  readonly readyMs: number
  /** Resident memory of the process now, in MB. */
  memoryMb(): Promise<number>
  stop(): Promise<void>
  /** Ends it without a word. Resolves when it is gone. */
  kill(): Promise<void>
}

export interface SubjectSetup {
  /** Undefined: the embedded database. */
  readonly serverUrl: string | undefined
  /** Paths below the definitions root and their texts. */
  readonly files: Readonly<Record<string, string>>
  readonly prometheusUrl: string
  /** Of pharos.yaml, beside the definitions and the provider. */
  readonly settings?: object
}

/** A database and definitions that processes are started on; on the embedded database one after the other. */
export interface Site {
  /** Undefined on the embedded database. */
  readonly databaseUrl: string | undefined
  start(): Promise<Subject>
  remove(): Promise<void>
}

const repository = fileURLToPath(new URL('..', import.meta.url))

let sites = 0

export async function makeSite({ serverUrl, files, prometheusUrl, settings: others }: SubjectSetup): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), 'pharos-bench-'))
  const settings = {
    definitions: join(folder, 'definitions'),
    providers: { prometheus: { kind: 'prometheus', url: prometheusUrl } },
    ...others,
  }
  const texts = Object.entries(files).map(([path, text]) => [`definitions/${path}`, text] as const)
  for (const [path, text] of [['pharos.yaml', stringify(settings)] as const, ...texts]) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  const name = `bench_${process.pid}_${(sites += 1)}`
  if (serverUrl !== undefined) await execute(serverUrl, `create database ${name}`)
  const url = serverUrl === undefined ? undefined : databaseUrl(serverUrl, name)
  return {
    databaseUrl: url,
    start: () => startSubject(folder, url),
    remove: async () => {
      if (serverUrl !== undefined) await execute(serverUrl, `drop database ${name} with (force)`)
      await rm(folder, { recursive: true })
    },
  }
}

async function startSubject(folder: string, databaseUrlOrNone: string | undefined): Promise<Subject> {
  const begun = performance.now()
  const child = spawn(process.execPath, ['--import', './src/require-node.mjs', 'src/main.ts'], {
    cwd: repository,
    env: {
      PATH: process.env['PATH'],
      DATABASE_URL: databaseUrlOrNone,
      PHAROS_DATA: join(folder, 'data'),
      PHAROS_CONFIG: join(folder, 'pharos.yaml'),
      PORT: '0',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const url = await urlOf(child)
  while ((await fetch(`${url}/readyz`)).status !== 200) continue
  const readyMs = performance.now() - begun
  return {
    url,
    readyMs,
    memoryMb: async () => {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8')
      return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024
    },
    stop: async () => {
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
    kill: async () => {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

function urlOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      printed = (printed + text).slice(-10_000)
      const url = /"url":"([^"]+)".*"msg":"pharos is ready"/.exec(printed)?.[1]
      if (url !== undefined) resolve(url)
    })
    child.once('exit', (code) => reject(new Error(`pharos ended with ${code}: ${printed}`)))
  })
}
