import type { FastifyRequest } from 'fastify'
import { expect, test } from 'vitest'
import { requireSameOrigin } from '../../../src/http/same-origin.ts'

function refusalOf(method: string, headers: Record<string, string>): string | undefined {
  try {
    requireSameOrigin({ method, headers } as unknown as FastifyRequest)
    return undefined
  } catch (error) {
    return String(error)
  }
}

for (const { title, headers, isTaken, method = 'POST' } of [
  { title: 'a program', headers: { host: 'pharos.example' }, isTaken: true },
  { title: 'a page of its own', headers: { host: 'pharos.example', origin: 'https://pharos.example' }, isTaken: true },
  {
    title: 'one whose port is written',
    headers: { host: 'a.example:443', origin: 'https://a.example' },
    isTaken: true,
  },
  { title: 'one in capitals', headers: { host: 'A.Example', origin: 'http://a.example' }, isTaken: true },
  { title: 'one at an address', headers: { host: '[::1]:8080', origin: 'http://[::1]:8080' }, isTaken: true },
  { title: 'one of elsewhere', headers: { host: 'pharos.example', origin: 'https://evil.example' }, isTaken: false },
  { title: 'one of another port', headers: { host: 'a.example:8080', origin: 'http://a.example:81' }, isTaken: false },
  { title: 'one that hides where it is of', headers: { host: 'a.example', origin: 'null' }, isTaken: false },
  { title: 'one of another site', headers: { host: 'a.example', 'sec-fetch-site': 'cross-site' }, isTaken: false },
  {
    title: 'one of another site that names our origin',
    headers: { host: 'a.example', origin: 'http://a.example', 'sec-fetch-site': 'cross-site' },
    isTaken: false,
  },
  {
    title: 'one of another site, said twice',
    headers: { host: 'a.example', 'sec-fetch-site': 'same-origin, Cross-Site' },
    isTaken: false,
  },
  {
    title: 'one of the same site that names no origin',
    headers: { host: 'a.example', 'sec-fetch-site': 'same-site' },
    isTaken: false,
  },
  {
    title: 'one of another port of the same machine',
    headers: { host: 'localhost:8080', origin: 'http://localhost:3000', 'sec-fetch-site': 'same-site' },
    isTaken: false,
  },
  {
    title: 'one of its own, which the browser says too',
    headers: { host: 'a.example', origin: 'http://a.example', 'sec-fetch-site': 'same-origin' },
    isTaken: true,
  },
  { title: 'what its user asked for', headers: { host: 'a.example', 'sec-fetch-site': 'none' }, isTaken: true },
  {
    title: 'one of another site that only reads',
    headers: { host: 'a.example', 'sec-fetch-site': 'cross-site' },
    isTaken: true,
    method: 'GET',
  },
  { title: 'one that only reads', headers: { host: 'a.example', origin: 'null' }, isTaken: true, method: 'GET' },
]) {
  test(`${title} is ${isTaken ? '' : 'not '}let through`, () => {
    const refusal = refusalOf(method, headers)
    expect(refusal === undefined).toBe(isTaken)
  })
}
