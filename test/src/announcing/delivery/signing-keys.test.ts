import { Webhook } from 'standardwebhooks'
import { expect, test } from 'vitest'
import { createSigningKeys, keysOf, webhookHeaders } from '../../../../src/announcing/delivery/signing-keys.ts'

const secret = 'a secret of more than thirty-two characters'
const signing = createSigningKeys(secret)
const state = { sink: 'ci', generation: 2, secretCheck: signing.secretCheck, earlier: [] }

test('the same secret derives the same keys, and each sink and generation has one of its own', () => {
  const other = createSigningKeys(secret)
  const keys = [signing.keyOf('ci', 1), signing.keyOf('ci', 2), signing.keyOf('chat', 1)]
  expect([other.keyOf('ci', 1), other.keyOf('ci', 2), other.keyOf('chat', 1)]).toEqual(keys)
  expect(new Set(keys).size).toBe(3)
  expect(createSigningKeys(`${secret}!`).keyOf('ci', 1)).not.toBe(keys[0])
})

test('a key is what it was in the first release: receivers have it', () => {
  expect(signing.keyOf('ci', 1)).toBe('whsec_NJwAp2DbtRsyRHotExtP5jSy0sTFRrW3tBG4Xyz10ok=')
  expect(signing.secretCheck).toBe('a84f3e2893bbf4f6')
})

test('a key has 32 bytes in the notation of Standard Webhooks', () => {
  expect(signing.keyOf('ci', 1)).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
})

test('the keys before count as long as they overlap', () => {
  expect(keysOf(state, signing)).toEqual([signing.keyOf('ci', 2)])
  const earlier = [{ generation: 1, until: new Date() }]
  expect(keysOf({ ...state, earlier }, signing)).toEqual([signing.keyOf('ci', 2), signing.keyOf('ci', 1)])
})

test('without the secret that it was derived from there is no key', () => {
  expect(keysOf(state, undefined)).toBeUndefined()
  expect(keysOf(state, createSigningKeys(`${secret}!`))).toBeUndefined()
})

const body = '{"id":"e1","text":"Größe"}'

test('the library of Standard Webhooks verifies with the new key and with the one before', () => {
  const [current, before] = [signing.keyOf('ci', 2), signing.keyOf('ci', 1)]
  const headers = webhookHeaders([current, before], { id: 'e1', body, sentAt: new Date() })
  for (const key of [current, before]) expect(new Webhook(key).verify(body, headers)).toEqual(JSON.parse(body))
  expect(() => new Webhook(signing.keyOf('ci', 3)).verify(body, headers)).toThrow('No matching signature')
  expect(() => new Webhook(current).verify(`${body} `, headers)).toThrow('No matching signature')
})

test('a message that is not signed says which it is, and when it was sent', () => {
  expect(webhookHeaders([], { id: 'e1', body, sentAt: new Date('2026-11-27T08:00:00.900Z') })).toEqual({
    'webhook-id': 'e1',
    'webhook-timestamp': '1795766400',
  })
})
