import { afterEach, describe, expect, test } from 'vitest'
import { openProvider, type OpenedProvider } from '../../providers/index.ts'

const closes: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(closes.splice(0).map((close) => close()))
})

function open(settings: unknown): OpenedProvider {
  const one = openProvider('prom-prod', settings, () => Promise.reject(new Error('not needed')))
  if (one.kind === 'opened') closes.push(() => one.instance.provider.close())
  return one
}

describe('settings that are right', () => {
  for (const settings of [
    { url: 'http://127.0.0.1:9090' },
    { url: 'https://prom.example/select/0/prometheus/', token: 'env:PROM_TOKEN' },
    { url: 'http://prom/api/v1', token: 'file:/run/secrets/token', concurrency: 1, timeout: '500ms' },
    { url: 'http://prom', user: 'u', password: 'env:P', headers: { 'X-Api-Key': 'env:K' }, orgId: 'a|b' },
    { url: 'https://prom', tls: { ca: 'file:/ca', cert: 'file:/c', key: 'env:K' }, proxy: 'http://proxy:3128' },
    { url: 'http://prom', parameters: { dedup: 'true', 'extra_filters[]': ['{a="b"}'] } },
  ]) {
    test(`${JSON.stringify(settings)} opens`, () => {
      expect(open({ kind: 'prometheus', ...settings })).toMatchObject({
        kind: 'opened',
        instance: { name: 'prom-prod', kind: 'prometheus', settleMs: 0 },
      })
    })
  }

  for (const { settle, settleMs } of [
    { settle: '500ms', settleMs: 500 },
    { settle: '1m30s', settleMs: 90_000 },
    { settle: '0s', settleMs: 0 },
    { settle: '0w0d5m', settleMs: 300_000 },
  ]) {
    test(`settle: ${settle} is ${settleMs} ms`, () => {
      expect(open({ kind: 'prometheus', url: 'http://prom', settle })).toMatchObject({ instance: { settleMs } })
    })
  }

  for (const settle of ['1d', '1w']) {
    test(`settle: ${settle} is understood, and too long`, () => {
      expect(open({ kind: 'prometheus', url: 'http://prom', settle })).toMatchObject({
        mistakes: [{ path: 'settle', message: 'must be at most 10m' }],
      })
    })
  }

  test("settle is of every kind, and is the kind's own without the setting", () => {
    const one = open({ kind: 'prometheus', url: 'http://prom', settle: '30s' })
    expect(one).toMatchObject({ kind: 'opened', instance: { settleMs: 30_000 } })
  })

  test('an instance escapes like its kind', () => {
    const one = open({ kind: 'prometheus', url: 'http://prom' })
    const escaped = one.kind === 'opened' && one.instance.escape(`'`, { before: `m{a='`, after: `'}` })
    expect(escaped).toBe(String.raw`\'`)
  })
})

describe('mistakes, all at once and each with its place', () => {
  const url = 'http://prom'
  const notUrl = 'must be a URL that begins with http:// or https://'
  const noUser = 'must not contain a user or a password: use references in user and password, token or headers'
  const reference = 'must be a reference such as env:NAME or file:/path, never the secret itself'
  for (const { settings, mistakes } of [
    { settings: null, mistakes: [{ path: '', message: 'must be a mapping' }] },
    { settings: 'prometheus', mistakes: [{ path: '', message: 'must be a mapping' }] },
    { settings: { url }, mistakes: [{ path: 'kind', message: 'must be a string' }] },
    {
      settings: { kind: 'prometheus', url, settle: '11m' },
      mistakes: [{ path: 'settle', message: 'must be at most 10m' }],
    },
    {
      settings: { kind: 'prometheus', url, settle: 30, timeout: '30s' },
      mistakes: [{ path: 'settle', message: 'must be a duration, such as 500ms, 30s or 1m30s' }],
    },
    {
      settings: { kind: 'prometheus', url, user: 'u:v', password: 'env:P', tls: { cert: 'file:/c' } },
      mistakes: [
        { path: 'user', message: 'must be a name without a colon' },
        { path: 'tls', message: 'cert and key must be set together' },
      ],
    },
    {
      settings: { kind: 'prometheus', url, user: 'u' },
      mistakes: [{ path: 'user', message: 'user and password must be set together' }],
    },
    {
      settings: { kind: 'prometheus', url, user: 'u', password: 'env:P', token: 'env:T' },
      mistakes: [{ path: 'user', message: 'cannot be combined with token: use one of them' }],
    },
    {
      settings: {
        kind: 'prometheus',
        url,
        user: 'u',
        password: 'hunter2',
        headers: { 'X-Key': 'hunter2' },
        proxy: 'http://u:p@proxy',
      },
      mistakes: [
        { path: 'password', message: reference },
        { path: 'headers.X-Key', message: reference },
        { path: 'proxy', message: 'must be an http:// URL without user and password' },
      ],
    },
    {
      settings: { kind: 'prometheus', url, headers: { Host: 'env:H' }, parameters: { query: 'x' } },
      mistakes: [
        { path: 'headers.Host', message: 'is a header that Pharos sets itself' },
        { path: 'parameters.query', message: 'is a parameter that Pharos sets itself' },
      ],
    },
    {
      settings: { kind: 'graphite' },
      mistakes: [{ path: 'kind', message: 'unknown kind "graphite": use prometheus, dynatrace' }],
    },
    {
      settings: { kind: 'prometheus' },
      mistakes: [{ path: 'url', message: 'must be a URL, such as http://prometheus:9090' }],
    },
    { settings: { kind: 'prometheus', url: 'localhost:9090' }, mistakes: [{ path: 'url', message: notUrl }] },
    { settings: { kind: 'prometheus', url: 'ftp://prom' }, mistakes: [{ path: 'url', message: notUrl }] },
    {
      settings: { kind: 'prometheus', url: 'http://prom?tenant=a' },
      mistakes: [{ path: 'url', message: 'must not contain ? or #' }],
    },
    ...['http://u:hunter2@prom', 'http://hunter2@prom', 'http://:hunter2@prom', 'http://u:hunter2%zz@prom'].map(
      (withUser) => ({ settings: { kind: 'prometheus', url: withUser }, mistakes: [{ path: 'url', message: noUser }] }),
    ),
    {
      settings: { kind: 'dynatrace', url: 'https://u:hunter2@abc.live.dynatrace.com', token: 'env:T' },
      mistakes: [{ path: 'url', message: 'must not contain a user or a password: set token' }],
    },
    {
      settings: {
        kind: 'dynatrace',
        url: 'https://abc.live.dynatrace.com',
        platform: { url: 'https://u:hunter2@abc.apps.dynatrace.com', token: 'env:T' },
      },
      mistakes: [{ path: 'platform.url', message: 'must not contain a user or a password: set token' }],
    },
    { settings: { kind: 'prometheus', url, token: 'hunter2' }, mistakes: [{ path: 'token', message: reference }] },
    {
      settings: { kind: 'prometheus', url: 1, tokn: 'env:T', timeOut: '1s', timeout: '1 s' },
      mistakes: [
        { path: 'url', message: 'must be a URL, such as http://prometheus:9090' },
        { path: 'timeout', message: 'must be a duration, such as 500ms, 30s or 1m30s' },
        { path: 'tokn', message: 'unknown setting' },
        { path: 'timeOut', message: 'unknown setting' },
      ],
    },
  ]) {
    test(`of ${JSON.stringify(settings)}`, () => {
      const one = open(settings)
      expect(one).toEqual({ kind: 'invalid', mistakes })
      expect(JSON.stringify(one)).not.toContain('hunter2')
    })
  }

  for (const concurrency of [0, 101, 1.5, '6', null]) {
    test(`concurrency ${JSON.stringify(concurrency)} is none`, () => {
      expect(open({ kind: 'prometheus', url, concurrency })).toMatchObject({
        kind: 'invalid',
        mistakes: [{ path: 'concurrency' }],
      })
    })
  }
})

describe("an indicator's options", () => {
  const choices = 'must be error or a number'
  for (const { options, mistakes } of [
    { options: {}, mistakes: [] },
    { options: { mode: 'range', reduce: 'p95', step: '30s', series: 'max', onEmpty: 0, onNaN: 'error' }, mistakes: [] },
    { options: { mode: 'range' }, mistakes: [{ path: 'reduce', message: 'is required for mode range' }] },
    {
      options: { reduce: 'avg' },
      mistakes: [{ path: 'mode', message: 'must be range: reduce, step and minCoverage apply only to ranges' }],
    },
    { options: { mode: 'range', reduce: 'p95', minCoverage: '12.5%' }, mistakes: [] },
    {
      options: { mode: 'range', reduce: 'p95', minCoverage: '101%' },
      mistakes: [{ path: 'minCoverage', message: 'must be from 0% to 100%' }],
    },
    {
      options: { mode: 'range', reduce: 'p95', minCoverage: 'half' },
      mistakes: [{ path: 'minCoverage', message: 'must be a percentage such as 50%' }],
    },
    {
      options: { onEmpty: 'zero', onNaN: null, partial: 'no', onempty: 0 },
      mistakes: [
        { path: 'onEmpty', message: choices },
        { path: 'onNaN', message: choices },
        { path: 'partial', message: 'must be warn or error' },
        { path: 'onempty', message: 'unknown setting' },
      ],
    },
  ]) {
    test(`${JSON.stringify(options)} has ${mistakes.length} mistakes`, () => {
      const one = open({ kind: 'prometheus', url: 'http://prom' })
      expect(one.kind === 'opened' && one.instance.optionMistakes(options)).toEqual(mistakes)
    })
  }
})
