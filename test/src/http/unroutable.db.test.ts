import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { raw } from '../../support/raw.ts'
import { startService, type TestService } from '../../support/service.ts'

/** Requests without a route, and invalid HTTP: a problem document each, never a 500. */

let service: TestService
beforeAll(async () => {
  service = await startService({})
})
afterAll(() => service.stop())

const ask = async (request: string) => {
  const reply = await raw(service.url, request)
  return { ...reply, problem: JSON.parse(reply.body) }
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
    { method: 'DELETE', path: '/v1/%65vents', allow: 'POST' },
    { method: 'DELETE', path: '/v1/events#part', allow: 'POST' },
  ]) {
    test(`${method} ${path} is 405 with Allow: ${allow}`, async () => {
      const { status, headers, problem } = await ask(
        `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
      )
      expect(status).toBe(405)
      expect(headers.get('allow')).toBe(allow)
      expect(headers.get('content-type')).toBe('application/problem+json')
      expect(problem).toMatchObject({ code: 'method_not_allowed', status: 405 })
    })
  }

  test('of an unknown path is 404', async () => {
    const { status, problem } = await ask('QUERY /v1/nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
    expect(status).toBe(404)
    expect(problem.code).toBe('route_not_found')
  })

  test('of the server as a whole is 404', async () => {
    const { status, problem } = await ask('OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
    expect([status, problem.code]).toEqual([404, 'route_not_found'])
  })
})

test('an expectation that HTTP does not know is ignored', async () => {
  const { status } = await ask('GET /livez HTTP/1.1\r\nHost: localhost\r\nExpect: x\r\nConnection: close\r\n\r\n')
  expect(status).toBe(200)
})

describe('invalid HTTP', () => {
  for (const { what, request, status, code } of [
    { what: 'nonsense', request: 'nonsense\r\n\r\n', status: 400, code: 'bad_request' },
    {
      what: 'two lengths',
      request: 'POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
      status: 400,
      code: 'bad_request',
    },
    {
      what: 'a header of 20 kB',
      request: `GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`,
      status: 431,
      code: 'headers_too_large',
    },
    {
      what: 'a tunnel',
      request: 'CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n',
      status: 400,
      code: 'bad_request',
    },
    {
      what: 'two Host headers',
      request: 'GET /livez HTTP/1.1\r\nHost: localhost\r\nHost: y\r\nConnection: close\r\n\r\n',
      status: 400,
      code: 'bad_request',
    },
  ]) {
    test(`${what} is ${status}, as a problem document`, async () => {
      const reply = await ask(request)
      expect(reply.status).toBe(status)
      expect(reply.headers.get('content-type')).toBe('application/problem+json')
      expect(reply.problem).toMatchObject({ code, status })
    })
  }
})
