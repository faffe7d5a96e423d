import { describe, expect, test } from 'vitest'
import { DynatraceConfig } from '../../../providers/dynatrace/config.ts'
import { openProvider } from '../../../providers/index.ts'
import { open } from './asking.ts'

describe('the address of an environment', () => {
  for (const [url, parsed] of [
    ['https://abc.live.dynatrace.com', 'https://abc.live.dynatrace.com'],
    ['abc.live.dynatrace.com', 'https://abc.live.dynatrace.com'],
    ['https://abc.apps.dynatrace.com/', 'https://abc.live.dynatrace.com'],
    ['https://host/e/abc/', 'https://host/e/abc'],
    ['https://gate:9999/e/abc/api/v2', 'https://gate:9999/e/abc'],
    [' https://x/ ', 'https://x'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
  ] as const) {
    test(`${JSON.stringify(url)} is ${parsed}`, () => {
      expect(DynatraceConfig.parse({ url }).url).toBe(parsed)
    })
  }
})

test('data has two minutes to arrive, and as long as settle says', () => {
  expect(open({ url: 'https://x' }).settleMs).toBe(120_000)
  expect(open({ url: 'https://x', settle: '0s' }).settleMs).toBe(0)
})

describe('the address of a platform', () => {
  for (const [url, platform, parsed] of [
    ['https://abc.live.dynatrace.com', {}, 'https://abc.apps.dynatrace.com'],
    ['https://abc.apps.dynatrace.com', {}, 'https://abc.apps.dynatrace.com'],
    ['https://abc.live.dynatrace.com', { url: 'abc.live.dynatrace.com' }, 'https://abc.apps.dynatrace.com'],
    ['https://host/e/abc', { url: 'https://proxy/dt/platform/storage/query/v1/' }, 'https://proxy/dt'],
  ] as const) {
    test(`beside ${url}, ${JSON.stringify(platform)}, is ${parsed}`, () => {
      expect(DynatraceConfig.parse({ url, platform: { ...platform, token: 'env:X' } }).platform?.url).toBe(parsed)
    })
  }
})

describe('mistakes', () => {
  const url = 'https://x'
  for (const { settings, path, message } of [
    { settings: {}, path: 'url', message: 'must be a URL, such as https://abc12345.live.dynatrace.com' },
    { settings: { url: 'ftp://x' }, path: 'url', message: 'must be a URL that begins with https:// or http://' },
    {
      settings: { url: 'https://u:secret@x' },
      path: 'url',
      message: 'must not contain a user or a password: set token',
    },
    { settings: { url: 'https://x/?a=secret' }, path: 'url', message: 'must not contain ? or #' },
    {
      settings: { url, token: 'dt0c01.secret' },
      path: 'token',
      message: 'must be a reference such as env:NAME or file:/path, never the secret itself',
    },
    { settings: { url, language: 'usql' }, path: 'language', message: 'must be classic or dql' },
    {
      settings: { url, proxy: 'https://p' },
      path: 'proxy',
      message: 'must be an http:// URL without user and password',
    },
    { settings: { url, timeout: '0s' }, path: 'timeout', message: 'must be longer than 0' },
    {
      settings: { url, platform: { token: 'env:X' } },
      path: 'platform.url',
      message: 'is required unless the environment is at <id>.live.dynatrace.com',
    },
    { settings: { url, platform: { url } }, path: 'platform', message: 'needs either token or oauth' },
    {
      settings: { url, platform: { url, token: 'env:X', oauth: { client: 'a', secret: 'env:Y' } } },
      path: 'platform',
      message: 'needs either token or oauth',
    },
    {
      settings: { url, platform: { url, oauth: { client: 'a', secret: 'secret@' } } },
      path: 'platform.oauth.secret',
      message: 'must be a reference such as env:NAME or file:/path, never the secret itself',
    },
    {
      settings: { url, platform: { url, oauth: { client: 'a', secret: 'env:Y', scopes: [] } } },
      path: 'platform.oauth.scopes',
      message: 'must have at least one scope',
    },
    { settings: { url, dtCreds: 'x' }, path: 'dtCreds', message: 'unknown setting' },
  ]) {
    test(`${path}: ${message}`, () => {
      const opened = openProvider('dynatrace', { kind: 'dynatrace', ...settings }, () => Promise.reject(new Error()))
      expect(opened).toEqual({ kind: 'invalid', mistakes: [{ path, message }] })
      expect(JSON.stringify(opened)).not.toContain('secret@')
    })
  }
})
