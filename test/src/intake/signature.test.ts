import { createHmac, timingSafeEqual } from 'node:crypto'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { createSignatureCheck } from '../../../src/intake/signature.ts'

vi.mock('node:crypto', async (original) => {
  const crypto = await original<{ timingSafeEqual: typeof timingSafeEqual }>()
  return { ...crypto, timingSafeEqual: vi.fn<typeof timingSafeEqual>(crypto.timingSafeEqual) }
})
beforeEach(() => {
  vi.mocked(timingSafeEqual).mockClear()
})

const body = Buffer.from('{"source":"s0"}')
const secrets: string[] = []
const check = createSignatureCheck(
  {
    unlisted: 'accept',
    signatures: [
      ...[0, 1, 2].map((n) => ({ source: `s${n}`, kind: 'hmac' as const, secret: `env:S${n}`, header: 'x-signature' })),
      { source: 'other', kind: 'hmac', secret: 'env:OTHER', header: 'x-other' },
      { source: 'hooks', kind: 'standard-webhooks', secret: 'env:HOOKS', header: '' },
    ],
  },
  {
    secret: async (reference) => {
      secrets.push(reference)
      return reference
    },
    now: () => new Date(0),
  },
)

function hmac(secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
}

describe('every secret whose header is there', () => {
  for (const matching of ['env:S0', 'env:S1', 'env:S2', 'nobody']) {
    test(`is compared in constant time if ${matching} signed`, async () => {
      secrets.length = 0
      await check({ 'x-signature': [hmac(matching)] }, body)
      expect(secrets).toEqual(['env:S0', 'env:S1', 'env:S2'])
      const compared = vi.mocked(timingSafeEqual).mock.calls.map(([, expected]) => new TextDecoder().decode(expected))
      expect(compared).toEqual([hmac('env:S0'), hmac('env:S1'), hmac('env:S2')])
    })
  }
})

test('what has another length is not compared, since the length is no secret', async () => {
  const trustOf = await check({ 'x-signature': [hmac('env:S0').slice(0, -1)] }, body)
  expect(() => trustOf('s0', true)).toThrow(
    'the header x-signature does not match this body and the secret of the source',
  )
  expect(timingSafeEqual).not.toHaveBeenCalled()
})

test('a secret that is not base64 signs nothing', async () => {
  const headers = { 'webhook-id': ['m'], 'webhook-timestamp': ['0'] }
  const empty = createHmac('sha256', '').update('m.0.').update(body).digest('base64')
  const lax = createSignatureCheck(
    { unlisted: 'accept', signatures: [{ source: 'hooks', kind: 'standard-webhooks', secret: 'env:X', header: '' }] },
    { secret: async () => '!!!', now: () => new Date(0) },
  )
  const trustOf = await lax({ ...headers, 'webhook-signature': [`v1,${empty}`] }, body)
  expect(() => trustOf('hooks', true)).toThrow('the secret of this source is not base64')
})

test('one secret for two sources vouches for both', async () => {
  const twins = createSignatureCheck(
    {
      unlisted: 'refuse',
      signatures: ['a', 'b'].map((source) => ({ source, kind: 'hmac', secret: 'env:S', header: 'x-signature' })),
    },
    { secret: async (reference) => reference, now: () => new Date(0) },
  )
  const trustOf = await twins({ 'x-signature': [hmac('env:S')] }, body)
  expect([trustOf('a', true), trustOf('B/', true)]).toEqual(['vouched', 'vouched'])
  expect(() => trustOf('c', true)).toThrow('this body is signed with the secret of another source')
})
