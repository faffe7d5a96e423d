import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Pool } from 'pg'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { StartError } from '../../../../src/base/errors.ts'
import { isDatabaseUnavailable, openDatabase, type Database } from '../../../../src/storage/engine/database.ts'
import { embeddedMajor, openEmbedded } from '../../../../src/storage/engine/embedded.ts'

const log = pino({ level: 'silent' })
const writer = fileURLToPath(new URL('../../../support/embedded-writer.ts', import.meta.url))

let root: string
let template: string
let folder: string

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'pharos-test-'))
  template = join(root, 'template')
  await (await open(template)).close()
})

afterAll(() => rmSync(root, { recursive: true, force: true }))

beforeEach(() => {
  folder = mkdtempSync(join(root, 'data-'))
})

function open(path: string): Promise<Database> {
  return openDatabase({ url: undefined, folder: path, log })
}

async function numbersIn(path: string): Promise<readonly number[]> {
  const database = await open(path)
  const { rows } = await database.pool.query<{ number: number }>('select n.number from numbers as n order by n.number')
  await database.close()
  return rows.map(({ number }) => number)
}

/** Another process that writes 1, 2, 3 …; `lines` is what was acknowledged to it. */
function startWriter(): { readonly child: ChildProcess; readonly lines: NodeJS.AsyncIterator<string> } {
  const child = spawn(process.execPath, [writer, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  return { child, lines: createInterface(child.stdout)[Symbol.asyncIterator]() }
}

/** Kills the writer once it wrote `count`; answers the last number that was acknowledged. */
async function writeAndKill(count: number): Promise<number> {
  const { child, lines } = startWriter()
  let last = 0
  for (let seen = 1; ; seen += 1) {
    const { value, done } = await lines.next()
    if (done === true) return last
    last = Number(value)
    if (seen === count) child.kill('SIGKILL')
  }
}

test('what is written is there after closing and opening again', async () => {
  cpSync(template, folder, { recursive: true })
  const database = await open(folder)
  await database.pool.query('create table numbers as select 7 as number')
  await database.close()
  expect(await numbersIn(folder)).toEqual([7])
})

test('its version is the one that folders are compared with', () => {
  expect(readFileSync(join(template, 'postgres', 'PG_VERSION'), 'utf8').trim()).toBe(String(embeddedMajor))
})

test('kill -9 during writes loses nothing that was acknowledged', async () => {
  cpSync(template, folder, { recursive: true })
  for (const count of [1, 40, 250]) {
    const last = await writeAndKill(count)
    const numbers = await numbersIn(folder)
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => index + 1))
    expect(numbers.length).toBeGreaterThanOrEqual(last)
  }
})

test('a second process is refused, and the first goes on', async () => {
  cpSync(template, folder, { recursive: true })
  const { child, lines } = startWriter()
  await lines.next()
  await expect(open(folder)).rejects.toThrow(
    new StartError(
      `The data folder ${folder} is in use by another Pharos: stop it, name another folder in PHAROS_DATA, ` +
        'or share a PostgreSQL through DATABASE_URL.',
    ),
  )
  const { value: last } = await lines.next()
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect((await numbersIn(folder)).length).toBeGreaterThanOrEqual(Number(last))
})

test('the same process is refused too', async () => {
  cpSync(template, folder, { recursive: true })
  const database = await open(folder)
  await expect(open(folder)).rejects.toThrow('is in use by another Pharos')
  await database.close()
})

test('a first start that was cut short is begun again', async () => {
  mkdirSync(join(folder, 'postgres'))
  writeFileSync(join(folder, 'postgres', 'PG_VERSION'), '18\n')
  writeFileSync(join(folder, 'postgres.unfinished'), '')
  const database = await open(folder)
  const { rows } = await database.pool.query('select 1 as one')
  await database.close()
  expect(rows).toEqual([{ one: 1 }])
  expect(readdirSync(folder).toSorted()).toEqual(['postgres', 'postgres.lock'])
})

for (const { what, path } of [
  { what: 'below a file', path: () => join(aFile(), 'data') },
  { what: 'a file', path: aFile },
  { what: 'where nobody may write', path: forbiddenFolder },
]) {
  test(`a data folder that is ${what} is refused in one sentence`, async () => {
    const error = await open(path()).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(StartError)
    expect(String(error)).toMatch(
      /^StartError: The data folder \S+ cannot be used \(.+\): name a writable folder in PHAROS_DATA, .+\.$/,
    )
  })
}

function aFile(): string {
  const file = join(folder, 'file')
  writeFileSync(file, '')
  return file
}

/** Root may write everywhere but in the system's own file systems. */
function forbiddenFolder(): string {
  if (process.getuid?.() === 0) return '/proc/pharos'
  chmodSync(folder, 0o500)
  return folder
}

test('a database of another PostgreSQL is refused and left as it is', async () => {
  cpSync(template, folder, { recursive: true })
  writeFileSync(join(folder, 'postgres', 'PG_VERSION'), '19\n')
  const before = contents(folder)
  await expect(open(folder)).rejects.toThrow(
    new StartError(
      `The data folder ${folder} was made by PostgreSQL 19, and this Pharos brings PostgreSQL 18: ` +
        'start the Pharos that made it, or name another folder in PHAROS_DATA.',
    ),
  )
  expect(contents(folder)).toEqual(before)
})

/** Every file with its time and size. */
function contents(path: string): readonly string[] {
  return readdirSync(path, { recursive: true, encoding: 'utf8' }).map((name) => {
    const { mtimeMs, size } = statSync(join(path, name))
    return `${name} ${mtimeMs} ${size}`
  })
}

test('a database that PGlite cannot open is refused in one sentence', async () => {
  cpSync(template, folder, { recursive: true })
  rmSync(join(folder, 'postgres', 'global'), { recursive: true })
  await expect(open(folder)).rejects.toThrow(`The data folder ${folder} cannot be used (`)
})

test('a database that hangs fails what waits for it, and is there again for the next', async () => {
  cpSync(template, folder, { recursive: true })
  const embedded = await openEmbedded(folder, log, { batchMaxMs: 1_500 })
  const pool = new Pool({ stream: () => embedded.connect(), ssl: false })
  pool.on('error', () => {})
  await pool.query('create table numbers as select 7 as number')
  const asked = [pool.query('select pg_sleep(60)'), pool.query('select 1')]
  const answers = await Promise.allSettled(asked)
  expect(answers.map((answer) => answer.status === 'rejected' && isDatabaseUnavailable(answer.reason))).toEqual([
    true,
    true,
  ])
  const { rows } = await pool.query('select n.number from numbers as n')
  expect(rows).toEqual([{ number: 7 }])
  await pool.end()
  await embedded.close()
})
