import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { raw, type RawReply } from '../../support/raw.ts'
import { startService, type TestService } from '../../support/service.ts'

let open: TestService
let guarded: TestService
beforeAll(async () => {
  const names = { publicUrl: 'https://Gate.Example:8443/pharos', http: { hosts: ['Pharos.Internal'] } }
  open = await startService({ settings: names })
  guarded = await startService({ settings: { apiTokens: ['env:TOKEN'] }, env: { TOKEN: 'sixteen-characters' } })
})
afterAll(() => Promise.all([open.stop(), guarded.stop()]))

const path = '/v1/providers'

function get(
  service: TestService,
  { target = path, host, version = '1.1' }: { target?: string; host?: string | undefined; version?: string },
): Promise<RawReply> {
  const named = host === undefined ? '' : `Host: ${host}\r\n`
  return raw(service.url, `GET ${target} HTTP/${version}\r\n${named}Connection: close\r\n\r\n`)
}

describe('without authentication', () => {
  for (const host of [
    'localhost',
    'localhost:8080',
    'LOCALHOST',
    'localhost.',
    'localhost.:80',
    'gate.localhost',
    '127.0.0.1',
    '127.0.0.1:31999',
    '127.8.9.10',
    '[::1]',
    '[::1]:8080',
    'gate.example',
    'GATE.example:443',
    'pharos.internal',
    'PHAROS.internal.:8080',
  ]) {
    test(`serves the host ${host}`, async () => {
      expect((await get(open, { host })).status).toBe(200)
    })
  }

  for (const { host, why } of [
    { host: 'evil.example', why: 'a name that may point anywhere' },
    { host: 'evil.example:8080', why: 'the same with a port' },
    { host: 'localhost.evil.example', why: 'a name that only begins well' },
    { host: 'evillocalhost', why: 'a name that only ends well' },
    { host: '127.0.0.1.evil.example', why: 'a name that begins with an address' },
    { host: 'evil.example..', why: 'two dots at the end' },
    { host: 'localhost@evil.example', why: 'a user' },
    { host: 'evil.example#localhost', why: 'a fragment' },
    { host: 'a/localhost', why: 'a path' },
    { host: '0.0.0.0', why: 'the address of all interfaces' },
    { host: '10.0.0.1', why: 'an address of another machine' },
    { host: '[::]', why: 'the same of IPv6' },
    { host: '', why: 'nothing' },
    { host: 'localhost:port', why: 'no port' },
  ]) {
    test(`refuses the host "${host}": ${why}`, async () => {
      const { status, headers, body } = await get(open, { host })
      expect(status).toBe(421)
      expect(headers.get('content-type')).toBe('application/problem+json')
      expect(JSON.parse(body)).toMatchObject({ code: 'misdirected_request', status: 421 })
    })
  }

  test('the refusal says what is served, and how to serve another name', async () => {
    const { body } = await get(open, { host: 'evil.example' })
    expect(JSON.parse(body).detail).toBe(
      'the host "evil.example" is not served: without apiTokens, only loopback names, the host of publicUrl and the names in http.hosts of pharos.yaml are',
    )
  })

  test('an absolute target counts as well as the Host header', async () => {
    const refused = await get(open, { target: `http://evil.example${path}`, host: 'localhost' })
    const hidden = await get(open, { target: `http://localhost${path}`, host: 'evil.example' })
    const served = await get(open, { target: `http://gate.localhost:80${path}`, host: 'localhost' })
    expect([refused.status, hidden.status, served.status]).toEqual([421, 421, 200])
  })

  test('a request without a Host header is refused', async () => {
    const old = await get(open, { version: '1.0' })
    const { status, headers, body } = await get(open, {})
    expect(old.status).toBe(421)
    expect(status).toBe(400)
    expect(headers.get('content-type')).toBe('application/problem+json')
    expect(JSON.parse(body)).toMatchObject({ code: 'bad_request' })
  })

  test('nothing is done or answered for another host', async () => {
    const body = JSON.stringify({ specversion: '1.0', id: '1', source: 'x', type: 'y', data: {} })
    const head = `Host: evil.example\r\nContent-Type: application/cloudevents+json\r\nContent-Length: ${body.length}`
    const posted = await raw(open.url, `POST /v1/events HTTP/1.1\r\n${head}\r\nConnection: close\r\n\r\n${body}`)
    const unknown = await get(open, { target: '/nothing', host: 'evil.example' })
    const described = await get(open, { target: '/openapi.json', host: 'evil.example' })
    expect([posted.status, unknown.status, described.status]).toEqual([421, 421, 421])
  })

  for (const target of ['/livez', '/readyz', '/readyz?verbose']) {
    test(`${target} answers for any host`, async () => {
      const { status } = await get(open, { target, host: 'evil.example' })
      const old = await get(open, { target, version: '1.0' })
      expect([status, old.status]).toEqual([200, 200])
    })
  }
})

describe('with authentication', () => {
  test('any host is served, and a token is needed', async () => {
    const { status } = await get(guarded, { host: 'pharos.example' })
    expect(status).toBe(401)
  })

  test('a request without a Host header is refused where HTTP requires one', async () => {
    const old = await get(guarded, { version: '1.0' })
    const { status } = await get(guarded, {})
    expect([old.status, status]).toEqual([401, 400])
  })
})
