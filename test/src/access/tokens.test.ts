import { writeFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { createApiTokens, digestOf, tokenMistake, type ApiTokens } from '../../../src/access/tokens.ts'
import { resolveSecret } from '../../../src/base/secrets.ts'
import { folderOf } from '../../support/definitions.ts'

let file: string
let other: string
let nowMs: number
let lines: unknown[]
let reads: number
let paused: (ms: number) => Promise<unknown>
let tokens: ApiTokens

beforeEach(async () => {
  const folder = await folderOf({ token: 'old-token-1\n', other: 'other-token-of-16' })
  file = join(folder, 'token')
  other = join(folder, 'other')
  nowMs = 0
  lines = []
  reads = 0
  paused = async () => undefined
  tokens = await open()
})

async function open(isLocal = true): Promise<ApiTokens> {
  const given = [
    { name: 'ci', reference: `file:${file}`, token: 'old-token-1' },
    { name: 'release', reference: `file:${other}`, token: 'other-token-of-16' },
    { name: 'env:TOKEN', reference: 'env:TOKEN', token: 'of-the-environment' },
  ]
  return createApiTokens(given, {
    read: (reference) => {
      reads += 1
      return resolveSecret(reference, {})
    },
    now: () => nowMs,
    pause: (ms) => paused(ms),
    log: {
      info: (fields, sentence) => void lines.push(['info', fields, sentence]),
      error: (fields, sentence) => void lines.push(['error', fields, sentence]),
    },
    isLocal,
  })
}

const nameOf = (token: string) => tokens.nameOf(digestOf(token))
const changed = [
  'info',
  { token: 'ci' },
  'API token changed: its file has a new one, the old one is no longer accepted',
]
const ended = (reason: string) => [
  'error',
  { token: 'ci', reason },
  'API token no longer accepted: its file has no usable token',
]

test('without tokens everybody may call', async () => {
  const none = createApiTokens([], { read: resolveNothing, now: () => 0, pause: paused, log: silent, isLocal: true })
  expect([none.isOpen, tokens.isOpen]).toEqual([true, false])
})

test('a token has a name, and anything else has none', async () => {
  expect(await nameOf('old-token-1')).toBe('ci')
  expect(await nameOf('other-token-of-16')).toBe('release')
  expect(await nameOf('of-the-environment')).toBe('env:TOKEN')
  for (const wrong of ['', 'old-token-', 'old-token-12', 'ci']) expect(await nameOf(wrong)).toBeUndefined()
})

test('of a file that has changed, the new token works within five seconds and the old one has ended', async () => {
  await writeFile(file, 'new-token-2\n')
  nowMs = 5_000
  expect([await nameOf('old-token-1'), await nameOf('new-token-2')]).toEqual([undefined, 'ci'])
  expect([await nameOf('other-token-of-16'), await nameOf('of-the-environment')]).toEqual(['release', 'env:TOKEN'])
  expect(lines).toEqual([changed])
})

test('files are read at most every two seconds, once however many ask, and variables never', async () => {
  for (let times = 0; times < 100; times += 1) await nameOf('old-token-1')
  expect(reads).toBe(0)
  nowMs = 2_000
  await Promise.all(Array.from({ length: 100 }, () => nameOf('old-token-1')))
  expect(reads).toBe(2)
})

describe('a token ends, with one line, when its file', () => {
  for (const { what, text, reason } of [
    { what: 'is gone', text: undefined, reason: 'cannot be read: ENOENT' },
    { what: 'is empty', text: ' \n', reason: 'is empty' },
    { what: 'contains blanks', text: 'two words', reason: 'contains blanks' },
    { what: 'holds what no header carries', text: 'töken', reason: 'contains characters that a header cannot carry' },
    { what: "holds another one's token", text: 'of-the-environment', reason: 'is also the token of env:TOKEN' },
  ]) {
    test(`${what}, and comes back with it`, async () => {
      await (text === undefined ? rm(file) : writeFile(file, text))
      for (nowMs of [2_000, 4_000, 6_000]) {
        expect(await nameOf('old-token-1')).toBeUndefined()
        expect(await nameOf('other-token-of-16')).toBe('release')
      }
      expect(lines).toEqual([ended(`the secret file:${file} ${reason}`)])
      await writeFile(file, 'new-token-2')
      nowMs = 8_000
      expect(await nameOf('new-token-2')).toBe('ci')
      expect(lines.slice(1)).toEqual([changed])
    })
  }

  test('has a shorter one where others can reach the service', async () => {
    tokens = await open(false)
    await writeFile(file, 'short-token-015')
    nowMs = 2_000
    expect(await nameOf('short-token-015')).toBeUndefined()
    expect(lines).toEqual([
      ['error', { token: 'ci', reason: expect.stringContaining('is shorter than the 16 characters') }, ended('')[2]],
    ])
  })
})

test('tokens that move from one file to the next are never taken for one token twice', async () => {
  await writeFile(file, 'other-token-of-16')
  await writeFile(other, 'newest-token-of-16')
  nowMs = 2_000
  expect([await nameOf('other-token-of-16'), await nameOf('newest-token-of-16')]).toEqual(['ci', 'release'])
  expect(lines.map((line) => (line as unknown[])[0])).toEqual(['info', 'info'])
})

test('of two files with one token the first one has it', async () => {
  await writeFile(other, 'old-token-1')
  nowMs = 2_000
  expect([await nameOf('old-token-1'), await nameOf('other-token-of-16')]).toEqual(['ci', undefined])
  expect(lines).toEqual([['error', { token: 'release', reason: expect.stringContaining('token of ci') }, ended('')[2]]])
})

test('a token of the environment waits for no file', async () => {
  await rm(file)
  nowMs = 2_000
  paused = () => new Promise(() => {})
  void nameOf('old-token-1')
  expect(await nameOf('of-the-environment')).toBe('env:TOKEN')
})

test('a file that is written in place is given a moment', async () => {
  await writeFile(file, '')
  nowMs = 2_000
  paused = () => writeFile(file, 'new-token-2')
  expect(await nameOf('new-token-2')).toBe('ci')
  expect(lines).toEqual([changed])
})

test('sixteen characters are needed where others can reach the service, and one is enough on loopback', () => {
  expect(tokenMistake('x'.repeat(15), false)).toMatch(/^is shorter than the 16 characters .* where others can reach/)
  expect(tokenMistake('x'.repeat(16), false)).toBeUndefined()
  expect(tokenMistake('x', true)).toBeUndefined()
})

const silent = { info: () => {}, error: () => {} }
const resolveNothing = () => Promise.reject(new Error('nothing is to be read'))
