import { createServer, type Socket } from 'node:net'
import { pino } from 'pino'
import { DatabaseError } from 'pg'
import { afterEach, expect, test } from 'vitest'
import { StartError } from '../../../../src/base/errors.ts'
import { isDatabaseUnavailable, openDatabase, type Database } from '../../../../src/storage/engine/database.ts'
import { listen } from '../../../support/listen.ts'
import { startFakePostgres, type FakeAnswer, type FakePostgres } from '../../../support/fake-postgres.ts'

const password = 'not-to-be-seen'

let fake: FakePostgres | undefined
let database: Database | undefined
let logged = ''

afterEach(async () => {
  await database?.close()
  await fake?.stop()
  fake = undefined
  database = undefined
  logged = ''
})

const briefly = { forMs: 100, pauseMs: 10, noticeMs: 20_000 }

function open(url: string, onLog: () => void = () => {}, connect = briefly): Promise<Database> {
  const stream = {
    write: (line: string) => {
      logged += line
      onLog()
    },
  }
  return openDatabase({ url, folder: '', log: pino({}, stream), connect })
}

/** What was logged. */
function lines(): readonly { readonly msg: string; readonly reason: string; readonly tryingForMs: number }[] {
  return logged
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

function urlOf(port: number): string {
  return `postgres://pharos:${password}@127.0.0.1:${port}/gate`
}

/** A port that nobody listens at. */
async function closedPort(): Promise<number> {
  const closed = await startFakePostgres([])
  await closed.stop()
  return closed.port
}

test('a PostgreSQL older than 15 is refused', async () => {
  fake = await startFakePostgres([{ version: 140_022 }])
  const place = `The PostgreSQL at 127.0.0.1:${fake.port}/gate`
  await expect(open(urlOf(fake.port))).rejects.toThrow(
    new StartError(`${place} is version 14, and Pharos needs 15 or later.`),
  )
})

test('PostgreSQL 15 is old enough', async () => {
  fake = await startFakePostgres([{ version: 150_000 }])
  database = await open(urlOf(fake.port))
  expect(database.kind).toBe('postgres')
})

test('an absent PostgreSQL is mentioned once, with for how long it is asked, and then given up', async () => {
  const port = await closedPort()
  const reason = `connect ECONNREFUSED 127.0.0.1:${port}`
  const place = `The PostgreSQL at 127.0.0.1:${port}/gate`
  await expect(open(urlOf(port))).rejects.toThrow(new StartError(`${place} did not answer for 100ms (${reason}).`))
  expect(lines()).toMatchObject([{ level: 40, place, reason, msg: 'database does not answer, trying again' }])
  expect(lines()[0]?.tryingForMs).toBeGreaterThan(0)
  expect(lines()[0]?.tryingForMs).toBeLessThanOrEqual(100)
  expect(logged).not.toContain(password)
})

test('a PostgreSQL that says nothing at all is mentioned before the first try is over', async () => {
  const sockets: Socket[] = []
  const silent = createServer((socket) => sockets.push(socket.on('error', () => {})))
  const { port } = await listen(silent)
  const opening = open(
    urlOf(port),
    () => {
      silent.close()
      for (const socket of sockets) socket.destroy()
    },
    { ...briefly, forMs: 0, noticeMs: 10 },
  )
  // Only the line in the log ends the first try, and nothing else is tried.
  await expect(opening).rejects.toThrow('did not answer for 0s')
  expect(lines()).toMatchObject([{ reason: 'no answer within 10ms', msg: 'database does not answer, trying again' }])
})

test('another reason is another line', async () => {
  const port = await closedPort()
  const starting = { state: '57P03', message: 'the database system is starting up' } as const
  let coming: Promise<FakePostgres> | undefined
  const onLog = (): void => {
    coming ??= startFakePostgres([starting, starting, starting, { version: 170_004 }], port)
  }
  database = await open(urlOf(port), onLog, { ...briefly, forMs: 20_000 })
  fake = await coming
  expect(lines().map(({ reason }) => reason)).toEqual([`connect ECONNREFUSED 127.0.0.1:${port}`, starting.message])
})

test('a PostgreSQL that comes up meanwhile is used', async () => {
  const port = await closedPort()
  let coming: Promise<FakePostgres> | undefined
  const onLog = (): void => {
    coming ??= startFakePostgres([{ version: 170_004 }], port)
  }
  database = await open(urlOf(port), onLog, { ...briefly, forMs: 20_000 })
  fake = await coming
  expect(fake?.connections()).toBe(1)
})

test('a PostgreSQL that is starting up is asked again', async () => {
  fake = await startFakePostgres([
    { state: '57P03', message: 'the database system is starting up' },
    { version: 180_006 },
  ])
  database = await open(urlOf(fake.port))
  expect(fake.connections()).toBe(2)
})

const refusals: readonly FakeAnswer[] = [
  { state: '28P01', message: 'password authentication failed for user "pharos"' },
  { state: '3D000', message: 'database "gate" does not exist' },
]
for (const refusal of refusals) {
  const message = 'message' in refusal ? refusal.message : ''
  test(`not asked again: ${message}`, async () => {
    fake = await startFakePostgres([refusal])
    const sentence = `The PostgreSQL at 127.0.0.1:${fake.port}/gate does not let Pharos in (${message}): see DATABASE_URL.`
    await expect(open(urlOf(fake.port))).rejects.toThrow(new StartError(sentence))
    expect(fake.connections()).toBe(1)
  })
}

for (const url of [
  `nonsense ${password}`,
  `postgres://pharos:${password}@host:99999/gate`,
  `http://${password}@host/`,
  `postgres://pharos:a/${password}@host/gate`,
  '',
]) {
  test(`no address: ${url}`, async () => {
    const error = await open(url).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(StartError)
    expect(String(error)).toContain('DATABASE_URL is not a valid PostgreSQL URL, such as postgres://db.example:5432/')
    expect(String(error)).not.toContain(password)
  })
}

for (const { error, unavailable } of [
  { error: sqlError('57P01'), unavailable: true },
  { error: sqlError('57P02'), unavailable: true },
  { error: sqlError('57P03'), unavailable: true },
  { error: sqlError('53300'), unavailable: true },
  { error: sqlError('08006'), unavailable: true },
  { error: sqlError('23505'), unavailable: false },
  { error: sqlError('57014'), unavailable: false },
  { error: nodeError('ECONNREFUSED', 'connect'), unavailable: true },
  { error: nodeError('ECONNRESET', 'read'), unavailable: true },
  { error: nodeError('ENOENT', 'connect'), unavailable: true },
  { error: nodeError('ENOENT', 'open'), unavailable: false },
  { error: new Error('Connection terminated unexpectedly'), unavailable: true },
  { error: new Error('timeout exceeded when trying to connect'), unavailable: true },
  { error: new Error('Query read timeout'), unavailable: true },
  { error: new TypeError('x is not a function'), unavailable: false },
  { error: 'ECONNREFUSED', unavailable: false },
]) {
  test(`${describe(error)} ${unavailable ? 'is' : 'is not'} an unavailable database`, () => {
    expect(isDatabaseUnavailable(error)).toBe(unavailable)
  })
}

function sqlError(code: string): Error {
  return Object.assign(new DatabaseError(`state ${code}`, 0, 'error'), { code })
}

function nodeError(code: string, syscall: string): Error {
  return Object.assign(new Error(`${syscall} ${code}`), { code, syscall })
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : JSON.stringify(error)
}
