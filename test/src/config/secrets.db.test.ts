import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../../../src/storage/engine/database.ts'
import { prepareDatabase, type PreparedDatabase } from '../../support/database.ts'
import { listen } from '../../support/listen.ts'
import { startReceiver, type Receiver } from '../../support/receiver.ts'
import { startService, type TestService } from '../../support/service.ts'

/**
 * Secrets of every kind, with servers that say back whatever they were sent: in bodies of errors, in JSON, in places that a
 * redirection leads to. Nothing that anybody can read may hold one of them.
 */

/** By reference; all as long and as odd as real ones. */
const planted: Readonly<Record<string, string>> = {
  'env:BEARER_1': 'bearer-1-3kd9f0a7c6b5e4d3',
  'env:BEARER_2': 'bearer-2-9f8e7d6c5b4a3928',
  'env:BEARER_3': 'bearer-3-1029384756afbecd',
  'env:PASSWORD_1': 'pass+word/1=&?#%d3adb33f',
  'env:PASSWORD_2': 'password-2-cafebabe0badf00d',
  'env:PASSWORD_3': 'password-3-f00dfeedfacecafe1',
  'env:PASSWORD_4': 'password-4-beefdeadc0ffee002',
  'env:HEADER_1': 'header-1-77aa66bb55cc44dd',
  'env:HEADER_2': 'header-2-0011223344556677',
  'env:DT_1': 'dt0c01.AAAAAAAAAAAAAAAAAAAAAAAA.SECRETONE1111111',
  'env:DT_2': 'dt0c01.BBBBBBBBBBBBBBBBBBBBBBBB.SECRETTWO2222222',
  'env:DT_3': 'dt0c01.CCCCCCCCCCCCCCCCCCCCCCCC.SECRETTHREE33333',
  'env:DT_4': 'dt0c01.DDDDDDDDDDDDDDDDDDDDDDDD.SECRETFOUR444444',
  'env:PLATFORM_1': 'dt0s16.EEEEEEEE.PLATFORMONE11111111111',
  'env:PLATFORM_2': 'dt0s16.FFFFFFFF.PLATFORMTWO22222222222',
  'env:OAUTH_1': 'dt0s02.GGGGGGGG.CLIENTSECRETONE111111',
  'env:OAUTH_2': 'dt0s02.HHHHHHHH.CLIENTSECRETTWO222222',
  'env:SIGNATURE_1': 'signature-1-a1b2c3d4e5f60718',
  'env:SIGNATURE_2': 'whsec_c2lnbmF0dXJlLTItMDEyMzQ1Njc4OWFiY2RlZg==',
}
const accessToken = 'access-token-of-the-sign-on-5566778899'
const secrets = [...Object.values(planted), accessToken]

/** What a secret looks like on its way: in an address, and in a header of basic authentication. */
const shapes = secrets.flatMap((secret) => [
  secret,
  encodeURIComponent(secret),
  ...['alice', 'carol'].map((user) => Buffer.from(`${user}:${secret}`).toString('base64')),
])

const modes = ['400', '401', '500', 'json', 'redirect', 'broken'] as const

let echoUrl: string
let stopEcho: () => Promise<void>
let sink: Receiver
let database: PreparedDatabase
let service: TestService
const read: string[] = []
/** How often a server was shown a secret: else nothing would have been tried. */
let shown = 0

beforeAll(async () => {
  const server = createServer((request, response) => void echo(request, response))
  const { port } = await listen(server)
  echoUrl = `http://127.0.0.1:${port}`
  stopEcho = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  sink = await startReceiver()
  sink.answers.push(500)
  database = await prepareDatabase()
  service = await startService({
    database,
    env: Object.fromEntries(
      Object.entries(planted).map(([reference, secret]) => [reference.slice('env:'.length), secret]),
    ),
    log: pino({ level: 'trace' }, { write: (line: string) => void read.push(line) }),
    settings: {
      providers: providers(),
      sinks: [{ name: 'sink', url: sink.url }],
      limits: { measureTimeout: '3s' },
      events: {
        unlisted: 'accept',
        signatures: [
          { source: 'forge', kind: 'hmac', secret: 'env:SIGNATURE_1' },
          { source: 'sender', kind: 'standard-webhooks', secret: 'env:SIGNATURE_2' },
        ],
      },
    },
    secret: async (reference) => {
      const secret = planted[reference]
      if (secret === undefined) throw new Error(`nothing is planted as ${reference}`)
      return secret
    },
    files: Object.fromEntries(
      Object.entries(providers()).map(([name, { kind }]) => [
        `shop/${name}/sli.yaml`,
        `indicators:\n  a: ${kind === 'prometheus' ? 'up' : name.startsWith('g') ? 'DQL;fetch logs | summarize v = count()' : 'metricSelector=a'}\n`,
      ]),
    ),
  })
}, 60_000)
afterAll(async () => {
  await database.remove()
  await sink.stop()
  await stopEcho()
})

/** Says back everything, in the way that the address asks for. */
async function echo(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const said = `${request.method} ${request.url} ${JSON.stringify(request.headers)} ${await text(request)}`
  if (shapes.some((shape) => said.includes(shape))) shown += 1
  const [, mode = ''] = (request.url ?? '').split('/')
  const authorization = request.headers.authorization ?? ''
  if (mode === 'sso') {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ access_token: accessToken, token_type: 'Bearer', expires_in: 300, scope: said }))
    return
  }
  if (mode === 'redirect') {
    response.writeHead(302, { location: `${echoUrl}/elsewhere?token=${encodeURIComponent(authorization)}` }).end(said)
    return
  }
  if (mode === 'json') {
    const body = {
      status: 'error',
      errorType: authorization,
      error: { code: 400, message: said },
      message: said,
      warnings: [said],
    }
    response.writeHead(200, { 'content-type': 'application/json', 'x-said': authorization }).end(JSON.stringify(body))
    return
  }
  if (mode === 'broken') {
    response.writeHead(200, { 'content-type': 'application/json' }).end(`{"${said}`)
    return
  }
  const body = { error: { code: Number(mode), message: said, constraintViolations: [{ path: said, message: said }] } }
  response.writeHead(Number(mode), { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function providers(): Readonly<Record<string, { readonly kind: string; readonly [setting: string]: unknown }>> {
  const at = (place: number): string => `${echoUrl}/${modes[place % modes.length]}`
  const prometheus = (url: string, rest: object) => ({ kind: 'prometheus', url, ...rest })
  const dynatrace = (url: string, rest: object) => ({ kind: 'dynatrace', url, ...rest })
  const oauth = (place: number) => ({ client: 'dt0s02.CLIENT', secret: `env:OAUTH_${place}`, url: `${echoUrl}/sso` })
  return {
    'p-bearer-1': prometheus(at(0), { token: 'env:BEARER_1' }),
    'p-bearer-2': prometheus(at(3), { token: 'env:BEARER_2' }),
    'p-bearer-3': prometheus(at(4), { token: 'env:BEARER_3' }),
    'p-password-1': prometheus(at(1), { user: 'alice', password: 'env:PASSWORD_1' }),
    'p-password-2': prometheus(at(5), { user: 'alice', password: 'env:PASSWORD_2' }),
    'p-header-1': prometheus(at(2), { headers: { 'X-Key': 'env:HEADER_1' } }),
    'p-header-2': prometheus(at(3), { headers: { 'X-Key': 'env:HEADER_2' } }),
    'p-password-3': prometheus(at(0), { user: 'carol', password: 'env:PASSWORD_3' }),
    'p-password-4': prometheus(at(3), { user: 'carol', password: 'env:PASSWORD_4' }),
    'd-1': dynatrace(at(0), { token: 'env:DT_1' }),
    'd-2': dynatrace(at(1), { token: 'env:DT_2' }),
    'd-3': dynatrace(at(3), { token: 'env:DT_3' }),
    'd-4': dynatrace(at(4), { token: 'env:DT_4' }),
    'g-platform-1': dynatrace('https://x', { platform: { url: at(0), token: 'env:PLATFORM_1' } }),
    'g-platform-2': dynatrace('https://x', { platform: { url: at(3), token: 'env:PLATFORM_2' } }),
    'g-oauth-1': dynatrace('https://x', { platform: { url: at(1), oauth: oauth(1) } }),
    'g-oauth-2': dynatrace('https://x', { platform: { url: at(5), oauth: oauth(2) } }),
  }
}

async function ask(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<number> {
  const reply = await service.request(method, path, { headers, ...(body !== undefined && { body }) })
  read.push(JSON.stringify({ path, headers: [...reply.headers], body: reply.body }))
  return reply.status
}

test('twenty secrets of every kind appear in no reply, log, event or row', async () => {
  expect(secrets).toHaveLength(20)
  const names = Object.keys(providers())
  const objectives = names.map((name) => `  - {sli: "${name}:a", pass: [{criteria: ["<1"]}]}\n`).join('')
  const slo = `objectives:\n${objectives}total_score: {pass: "90%"}\n`

  const { body: evaluation } = await service.evaluate({
    slo,
    window: { start: '2024-05-01T00:00:00Z', end: '2024-05-01T00:05:00Z' },
  })
  read.push(JSON.stringify(evaluation))
  expect(evaluation.indicatorResults).toHaveLength(names.length)
  await ask('GET', `/v1/evaluations/${evaluation.id}?include=explanation`)
  await ask('GET', '/v1/providers')
  for (const name of names) {
    await ask('POST', `/v1/providers/${name}/check`)
    const asked = {
      project: 'shop',
      stage: 'staging',
      service: 'carts',
      indicator: 'a',
      window: { start: '2024-05-01T00:00:00Z', end: '2024-05-01T00:05:00Z' },
    }
    expect(await ask('POST', `/v1/providers/${name}/query`, asked)).toBe(200)
  }
  for (const source of ['forge', 'sender']) {
    const event = { specversion: '1.0', id: source, source, type: 'sh.keptn.event.evaluation.triggered', data: {} }
    await ask('POST', '/v1/events', event, {
      'content-type': 'application/cloudevents+json',
      'x-hub-signature-256': 'sha256=00',
    })
  }
  await sink.until(({ length }) => length >= 2)
  read.push(...sink.received.map(({ body }) => body))
  read.push(...(await rows()))

  expect(shown).toBeGreaterThan(names.length)
  const leaks = read.flatMap((line) =>
    shapes.filter((shape) => line.includes(shape)).map((shape) => `${shape} in ${line.slice(0, 300)}`),
  )
  expect(leaks).toEqual([])
}, 60_000)

/** Every row of every table as text. On the embedded database the service must be gone, since nobody else can have it open. */
async function rows(): Promise<readonly string[]> {
  await service.stop()
  const open = await openDatabase({ url: database.url, folder: database.folder, log: pino({ level: 'silent' }) })
  try {
    const { rows: tables } = await open.pool.query<{ name: string }>(
      `select c.oid::regclass::text as name from pg_class as c where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace`,
    )
    const all: string[] = []
    for (const { name } of tables) {
      const { rows: lines } = await open.pool.query<{ line: string }>(`select t::text as line from ${name} as t`)
      all.push(...lines.map(({ line }) => line))
    }
    expect(tables.length).toBeGreaterThan(4)
    return all
  } finally {
    await open.close()
  }
}
