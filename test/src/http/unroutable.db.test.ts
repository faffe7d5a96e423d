import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startService, type TestService } from '../../support/service.ts'

/** Requests without a route, and invalid HTTP: a problem document each, never a 500. */

let service: TestService
beforeAll(async () => {
  service = await startService({})
})
afterAll(() => service.stop())

interface RawReply {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly problem: { readonly code: string; readonly status: number; readonly detail: string }
}

/** Sends bytes as they are, and reads until the server ends the connection. */
async function raw(request: string): Promise<RawReply> {
  const { hostname, port } = new URL(service.url)
  const socket = connect(Number(port), hostname)
  socket.write(request)
  const reply = await text(socket)
  const [head = '', body = ''] = reply.split('\r\n\r\n', 2)
  const [first = '', ...lines] = head.split('\r\n')
  const headers = lines.map((line) => [
    line.split(':')[0]?.toLowerCase() ?? '',
    line.slice(line.indexOf(':') + 1).trim(),
  ])
  return {
    status: Number(first.split(' ')[1]),
    headers: new Map(headers.map(([name = '', value = '']) => [name, value])),
    problem: JSON.parse(body),
  }
}

const id = '01993b6e-7a4c-7c1e-8d7e-4a1f0b2c3d4e'

describe('a method that a path does not have', () => {
  for (const { method, path, allow } of [
    { method: 'TRACE', path: '/v1/providers', allow: 'GET, HEAD' },
    { method: 'QUERY', path: `/v1/evaluations/${id}`, allow: 'DELETE, GET, HEAD' },
    { method: 'PUT', path: `/v1/evaluations/${id}?include=explanation`, allow: 'DELETE, GET, HEAD' },
    { method: 'GET', path: '/v1/events', allow: 'POST' },
    { method: 'DELETE', path: '/livez', allow: 'GET, HEAD' },
    { method: 'PATCH', path: '/openapi.json', allow: 'GET, HEAD' },
  ]) {
    test(`${method} ${path} is 405 with Allow: ${allow}`, async () => {
      const { status, headers, problem } = await raw(
        `${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      )
      expect(status).toBe(405)
      expect(headers.get('allow')).toBe(allow)
      expect(headers.get('content-type')).toBe('application/problem+json')
      expect(problem).toMatchObject({ code: 'method_not_allowed', status: 405 })
    })
  }

  test('of an unknown path is 404', async () => {
    const { status, problem } = await raw('QUERY /v1/nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    expect(status).toBe(404)
    expect(problem.code).toBe('route_not_found')
  })
})

describe('invalid HTTP', () => {
  for (const { what, request, status, code } of [
    { what: 'nonsense', request: 'nonsense\r\n\r\n', status: 400, code: 'bad_request' },
    {
      what: 'two lengths',
      request: 'POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
      status: 400,
      code: 'bad_request',
    },
    {
      what: 'a header of 20 kB',
      request: `GET /livez HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`,
      status: 431,
      code: 'headers_too_large',
    },
    {
      what: 'two Host headers',
      request: 'GET /livez HTTP/1.1\r\nHost: x\r\nHost: y\r\nConnection: close\r\n\r\n',
      status: 400,
      code: 'bad_request',
    },
  ]) {
    test(`${what} is ${status}, as a problem document`, async () => {
      const reply = await raw(request)
      expect(reply.status).toBe(status)
      expect(reply.headers.get('content-type')).toBe('application/problem+json')
      expect(reply.problem).toMatchObject({ code, status })
    })
  }
})
