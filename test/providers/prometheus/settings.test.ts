import {
  createServer,
  request as forward,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
} from 'node:http'
import { createServer as createTlsServer, type ServerOptions } from 'node:https'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { openProvider, type IndicatorReply, type Provider } from '../../../providers/index.ts'
import { authority, clientCertificate, clientKey, serverCertificate, serverKey } from '../../support/certificates.ts'
import { listen } from '../../support/listen.ts'

const stops: (() => Promise<unknown>)[] = []
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()))
})

interface Seen {
  readonly method: string
  readonly headers: IncomingHttpHeaders
  readonly form: URLSearchParams
}

type Reply = readonly [status: number, contentType: string, body: string]

const one: Reply = [
  200,
  'application/json',
  JSON.stringify({ status: 'success', data: { resultType: 'scalar', result: [1, '1'] } }),
]
const forbiddenPage: Reply = [403, 'text/html', '<h1>Forbidden</h1>']

/** Answers every request with `reply`, and keeps what it saw. */
async function serve(reply: (seen: Seen) => Reply = () => one, tls?: ServerOptions) {
  const seen: Seen[] = []
  const answer = async (request: IncomingMessage): Promise<Reply> => {
    const { searchParams } = new URL(request.url ?? '/', 'http://server')
    const body = await text(request)
    const form = request.method === 'POST' ? new URLSearchParams(body) : searchParams
    const asked = { method: request.method ?? '', headers: request.headers, form }
    seen.push(asked)
    return reply(asked)
  }
  const server = (tls === undefined ? createServer() : createTlsServer(tls)) as Server
  server.on('request', (request, response) => {
    void answer(request).then(([status, contentType, body]) =>
      response.writeHead(status, { 'content-type': contentType }).end(body),
    )
  })
  return { seen, url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${await started(server)}` }
}

async function started(server: Server): Promise<number> {
  const { port } = await listen(server)
  stops.push(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return port
}

const secrets: ReadonlyMap<string, string> = new Map([
  ['env:PASSWORD', 'pä:ss word'],
  ['env:KEY', 'key-of-the-gateway'],
  ['file:/ca.pem', authority],
  ['file:/client.pem', clientCertificate],
  ['file:/client.key', clientKey],
  ['file:/nonsense.pem', '-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----'],
])

async function secret(reference: string): Promise<string> {
  const found = secrets.get(reference)
  if (found === undefined) throw new Error(`${reference} is not set`)
  return found
}

function open(settings: object): Provider {
  const opened = openProvider('prom', { kind: 'prometheus', ...settings }, secret, () => 0)
  if (opened.kind === 'invalid') throw new Error(JSON.stringify(opened.mistakes))
  stops.push(() => opened.instance.provider.close())
  return opened.instance.provider
}

async function ask(provider: Provider): Promise<IndicatorReply | undefined> {
  const end = new Date()
  const [reply] = await provider.measure({
    window: { start: new Date(end.getTime() - 60_000), end },
    indicators: [{ name: 'q', query: 'q' }],
    signal: new AbortController().signal,
    deadline: new Date(Date.now() + 10_000),
  })
  return reply
}

describe('who asks', () => {
  test('user and password, with characters of every kind', async () => {
    const server = await serve()
    await ask(open({ url: server.url, user: 'ü', password: 'env:PASSWORD' }))
    const expected = Buffer.from('ü:pä:ss word', 'utf8').toString('base64')
    expect(server.seen[0]?.headers.authorization).toBe(`Basic ${expected}`)
  })

  test('headers by reference, and the tenant', async () => {
    const server = await serve()
    await ask(open({ url: server.url, headers: { 'X-Api-Key': 'env:KEY' }, orgId: 'a|b' }))
    expect(server.seen[0]?.headers).toMatchObject({ 'x-api-key': 'key-of-the-gateway', 'x-scope-orgid': 'a|b' })
  })

  test('a header that cannot be read is config, and nothing is asked', async () => {
    const server = await serve()
    const reply = await ask(open({ url: server.url, headers: { 'X-Api-Key': 'env:GONE' } }))
    expect(reply).toMatchObject({ outcome: 'config', message: 'env:GONE is not set' })
    expect(server.seen).toEqual([])
  })

  for (const { settings, named } of [
    { settings: { user: 'u', password: 'env:PASSWORD' }, named: 'user and password env:PASSWORD' },
    { settings: { headers: { 'X-Api-Key': 'env:KEY' } }, named: 'header X-Api-Key env:KEY' },
  ]) {
    test(`who refuses ${named} hears of its reference only`, async () => {
      const server = await serve(({ headers }) => [401, 'text/plain', `no, ${JSON.stringify(headers)}`])
      const reply = await ask(open({ url: server.url, ...settings }))
      expect(reply).toMatchObject({ message: `authentication failed (401): check ${named}` })
    })
  }

  test('what a server sends back of a header is not shown', async () => {
    const server = await serve(({ headers }) => [400, 'text/plain', `bad ${String(headers['x-api-key'])}`])
    const reply = await ask(open({ url: server.url, headers: { 'X-Api-Key': 'env:KEY' } }))
    expect(reply).toMatchObject({ message: expect.stringMatching(/failed with 400: bad \*\*\*$/) })
  })
})

test('parameters go with every query', async () => {
  const server = await serve()
  const parameters = { dedup: 'true', 'replicaLabels[]': ['a', 'b'] }
  await ask(open({ url: server.url, parameters }))
  const { form } = server.seen[0] ?? { form: new URLSearchParams() }
  expect([form.get('query'), form.get('dedup'), form.getAll('replicaLabels[]')]).toEqual(['q', 'true', ['a', 'b']])
})

describe('TLS', () => {
  const ofServer = { cert: serverCertificate, key: serverKey }

  test('an authority of our own is trusted where it is named, and only there', async () => {
    const server = await serve(undefined, ofServer)
    expect(await ask(open({ url: server.url, tls: { ca: 'file:/ca.pem' } }))).toMatchObject({ outcome: 'measured' })
    expect(await ask(open({ url: server.url }))).toMatchObject({
      outcome: 'upstream',
      attempts: 1,
      message: expect.stringMatching(/^certificate of 127\.0\.0\.1:\d+ not trusted: .*; set tls\.ca/),
    })
  })

  test('a server that wants to know its clients gets our certificate', async () => {
    const server = await serve(undefined, { ...ofServer, ca: authority, requestCert: true, rejectUnauthorized: true })
    const tls = { ca: 'file:/ca.pem', cert: 'file:/client.pem', key: 'file:/client.key' }
    expect(await ask(open({ url: server.url, tls }))).toMatchObject({ outcome: 'measured' })
    expect(await ask(open({ url: server.url, tls: { ca: 'file:/ca.pem' } }))).toMatchObject({ outcome: 'upstream' })
    expect(server.seen).toHaveLength(1)
  })

  test('a certificate that is none is config, in a sentence', async () => {
    const reply = await ask(open({ url: 'https://127.0.0.1:1', tls: { ca: 'file:/nonsense.pem' } }))
    expect(reply).toMatchObject({ outcome: 'config', message: expect.stringMatching(/^tls: the certificates or/) })
  })
})

test('through a proxy, which is given the whole address', async () => {
  const server = await serve()
  const asked: string[] = []
  const proxy = createServer((request, response) => {
    asked.push(request.url ?? '')
    const target = new URL(request.url ?? '')
    const through = forward(target, { method: request.method, headers: request.headers }, (reply) =>
      reply.pipe(response.writeHead(reply.statusCode ?? 500, reply.headers)),
    )
    request.pipe(through)
  })
  const reply = await ask(open({ url: server.url, proxy: `http://127.0.0.1:${await started(proxy)}` }))
  expect(reply).toMatchObject({ outcome: 'measured', value: 1 })
  expect(asked).toEqual([`${server.url}/api/v1/query`])
})

describe('a page that says 403 to a POST', () => {
  const methods = ({ seen }: { readonly seen: readonly Seen[] }) => seen.map(({ method }) => method)

  test('means the method where GET is let through, and that is remembered', async () => {
    const server = await serve(({ method }) => (method === 'POST' ? forbiddenPage : one))
    const provider = open({ url: server.url })
    expect(await ask(provider)).toMatchObject({ outcome: 'measured', attempts: 2 })
    expect(await ask(provider)).toMatchObject({ outcome: 'measured', attempts: 1 })
    expect(methods(server)).toEqual(['POST', 'GET', 'GET'])
  })

  test('is not taken for the method for ever', async () => {
    const server = await serve(({ method }) => (method === 'POST' ? forbiddenPage : one))
    const provider = open({ url: server.url })
    await ask(provider)
    const now = performance.now.bind(performance)
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now() + 601_000)
    stops.push(async () => clock.mockRestore())
    await ask(provider)
    await ask(provider)
    expect(methods(server)).toEqual(['POST', 'GET', 'POST', 'GET', 'GET'])
  })

  test('is meant where GET gets it, too: the next query is a POST again', async () => {
    let isForbidden = true
    const server = await serve(() => (isForbidden ? forbiddenPage : one))
    const provider = open({ url: server.url })
    expect(await ask(provider)).toMatchObject({ outcome: 'unauthorized', attempts: 2 })
    isForbidden = false
    expect(await ask(provider)).toMatchObject({ outcome: 'measured', attempts: 1 })
    expect(methods(server)).toEqual(['POST', 'GET', 'POST'])
  })
})
