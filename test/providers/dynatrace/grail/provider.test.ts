import { describe, expect, test, vi } from 'vitest'
import { fakeToken } from '../../../support/fake-dynatrace.ts'
import { fakePlatformToken, startFakeGrail } from '../../../support/fake-grail.ts'
import { serve, times } from '../asking.ts'
import { openProvider } from '../../../../providers/index.ts'
import { askGrail, client, dql, openGrail, openWithOAuth, refused, serveGrail, succeeded } from './asking.ts'

const good = succeeded([{ v: 1 }], { v: 'double' })

describe('what is sent', () => {
  test('the query with the window, below the path of the platform', async () => {
    const server = await serveGrail({ executes: [good] }, { prefix: '/proxy/dt' })
    const [reply] = await askGrail(openGrail(server.url), [`DQL;${dql}`])
    expect(reply).toMatchObject({ outcome: 'measured', value: 1, query: `DQL;${dql}`, attempts: 1 })
    expect(server.queries).toEqual([
      {
        query: dql,
        defaultTimeframeStart: '2023-08-23T11:00:00.000Z',
        defaultTimeframeEnd: '2023-08-23T14:00:00.000Z',
        timezone: 'UTC',
        locale: 'en_US',
        maxResultRecords: 2,
        includeTypes: true,
        requestTimeoutMilliseconds: expect.any(Number),
        fetchTimeoutSeconds: 10,
      },
    ])
    expect(Number(server.queries[0]?.['requestTimeoutMilliseconds'])).toBeLessThanOrEqual(5000)
  })

  test('the credentials of a client, as a form, with its scopes', async () => {
    const server = await serveGrail({ executes: [good] })
    const oauth = { client: client.id, secret: 'env:S', url: server.signOnUrl, account: 'urn:dtaccount:a-b' }
    const settings = { oauth: { ...oauth, scopes: ['storage:buckets:read', 'storage:logs:read'] } }
    await askGrail(openGrail(server.url, settings, () => Promise.resolve(`${client.secret}\n`)))
    expect([...new URLSearchParams(server.forms[0])]).toEqual([
      ['grant_type', 'client_credentials'],
      ['client_id', client.id],
      ['client_secret', client.secret],
      ['scope', 'storage:buckets:read storage:logs:read'],
      ['resource', 'urn:dtaccount:a-b'],
    ])
  })
})

describe('a token of a client', () => {
  test('serves until it is over', async () => {
    const server = await serveGrail({ executes: [good, good, good] })
    const instance = openWithOAuth(server)
    await askGrail(instance)
    await askGrail(instance)
    expect(server.calls).toEqual(['token', 'execute', 'execute'])
  })

  test('is renewed before it is over', async () => {
    const server = await serveGrail({ executes: [good, good] }, { tokenSeconds: 0.02 })
    const instance = openWithOAuth(server)
    await askGrail(instance)
    const over = performance.now() + 20
    await vi.waitUntil(() => performance.now() > over)
    await askGrail(instance)
    expect(server.calls).toEqual(['token', 'execute', 'token', 'execute'])
  })

  test('is asked for again after a refusal', async () => {
    const server = await serveGrail({ executes: [good], tokens: [{ status: 401, body: { error: 'invalid_client' } }] })
    const instance = openWithOAuth(server)
    expect(await askGrail(instance)).toMatchObject([{ outcome: 'unauthorized', attempts: 0 }])
    expect(await askGrail(instance)).toMatchObject([{ outcome: 'measured' }])
  })

  test('is asked for by who has the time, when who asked first has it no more', async () => {
    const server = await serveGrail({ executes: [good], tokens: ['hang'] })
    const instance = openWithOAuth(server)
    const hasty = askGrail(instance, [dql], { deadlineMs: 400 })
    await vi.waitFor(() => expect(server.calls).toEqual(['token']))
    const patient = askGrail(instance)
    expect(await hasty).toMatchObject([{ outcome: 'timeout' }])
    expect(await patient).toMatchObject([{ outcome: 'measured', value: 1 }])
  })

  test('is in nothing that is told, and neither is the secret it was given for', async () => {
    const server = await serveGrail({ executes: [] }, { client: { id: client.id, secret: 'another secret' } })
    const [refusal] = await askGrail(openWithOAuth(server))
    expect(refusal).toMatchObject({ outcome: 'unauthorized', message: expect.stringContaining('invalid_client') })
    const echo = (token: string) => refused(400, `no: ${token}`)
    const other = await serveGrail({ executes: [echo(fakePlatformToken)] })
    const [told] = await askGrail(openGrail(other.url), [`${dql} // ${fakePlatformToken}`])
    expect(told).toMatchObject({ outcome: 'bad_query', message: expect.stringContaining('***') })
    expect(JSON.stringify([refusal, told])).not.toContain(fakePlatformToken)
    expect(JSON.stringify([refusal, told])).not.toContain(client.secret)
  })
})

describe('what is not asked', () => {
  for (const { name, secret, message } of [
    {
      name: 'a token of another API',
      secret: () => Promise.resolve('dt0c01.A.B'),
      message: 'needs a platform token, dt0s16',
    },
    { name: 'no secret', secret: () => Promise.reject(new Error('env:DT_PLATFORM is not set')), message: 'is not set' },
  ]) {
    test(`with ${name}`, async () => {
      const server = await serveGrail({ executes: [] })
      const replies = await askGrail(openGrail(server.url, undefined, secret))
      expect(replies).toMatchObject([{ outcome: 'config', message: expect.stringContaining(message), attempts: 0 }])
      expect(server.calls).toEqual([])
    })
  }

  test('with options that are none', async () => {
    const server = await serveGrail({ executes: [] })
    expect(openGrail(server.url).optionMistakes({ reduce: 'mode', x: 1 })).toMatchObject([
      { path: 'reduce' },
      { path: 'x' },
    ])
  })
})

test('options of a query that is no DQL are refused, for they would do nothing', async () => {
  const server = await serveGrail({ executes: [] })
  const [reply] = await askGrail(openGrail(server.url), ['SLO;x'], { options: { partial: 'error' } })
  expect(reply).toMatchObject({ outcome: 'config', message: expect.stringContaining('options are for DQL only') })
  const alone = openProvider('dynatrace', { kind: 'dynatrace', url: server.url, token: 'env:T' }, () =>
    Promise.resolve(fakeToken),
  )
  if (alone.kind === 'invalid') throw new Error(JSON.stringify(alone.mistakes))
  expect(await askGrail(alone.instance, ['SLO;x'], { options: { reduce: 'avg' } })).toMatchObject([
    { outcome: 'config' },
  ])
  await alone.instance.provider.close()
  expect(server.calls).toEqual([])
})

test('more queries at once than the platform takes wait for their turn', async () => {
  const server = await serveGrail({ executes: Array.from({ length: 12 }, () => good) }, { concurrencyMax: 5 })
  const replies = await askGrail(
    openGrail(server.url),
    Array.from({ length: 12 }, () => dql),
  )
  expect(replies.map(({ outcome }) => outcome)).toEqual(Array(12).fill('measured'))
})

test('one sli.yaml may hold both languages: each is asked its own, told in its own place', async () => {
  const grail = await serveGrail({ executes: [good] })
  const parameters = { ...times, timeFrame: 'GTF' }
  const classic = await serve([{ path: '/api/v2/slo/x', parameters, body: { evaluatedPercentage: 99, error: 'NONE' } }])
  const settings = { kind: 'dynatrace', url: classic.url, token: 'env:A', platform: { url: grail.url, token: 'env:P' } }
  const secrets: Readonly<Record<string, string>> = { 'env:P': fakePlatformToken }
  const opened = openProvider('dynatrace', settings, (reference) => Promise.resolve(secrets[reference] ?? fakeToken))
  if (opened.kind === 'invalid') throw new Error(JSON.stringify(opened.mistakes))
  const told: unknown[] = []
  const replies = await opened.instance.provider.measure({
    window: { start: new Date('2022-09-28T00:00:00Z'), end: new Date('2022-09-29T00:00:00Z') },
    indicators: ['SLO;x', `DQL;${dql}`, 'SLO;'].map((query) => ({ name: query, query })),
    signal: new AbortController().signal,
    deadline: new Date(Date.now() + 5000),
    onReply: (index, { outcome }) => told.push([index, outcome]),
  })
  expect(replies).toMatchObject([{ value: 99 }, { value: 1 }, { outcome: 'bad_query' }])
  expect(told).toEqual(
    expect.arrayContaining([
      [0, 'measured'],
      [1, 'measured'],
      [2, 'bad_query'],
    ]),
  )
  await opened.instance.provider.close()
})

describe('whether a query is understood', () => {
  const verified = (body: object) => [{ status: 200, body }]

  for (const { name, verifies, query, validation } of [
    { name: 'it is', verifies: verified({ valid: true }), query: dql, validation: { kind: 'valid' } },
    {
      name: 'it is not',
      verifies: verified({ valid: false, notifications: [{ severity: 'ERROR', message: 'no such command' }] }),
      query: 'fetsh logs',
      validation: { kind: 'invalid', message: 'DQL error: no such command' },
    },
    {
      name: 'nobody may ask',
      verifies: [refused(403, 'no', {}, { missingScopes: ['x:y'] })],
      query: dql,
      validation: { kind: 'unknown', message: expect.stringContaining('x:y') },
    },
    {
      name: 'the query is not DQL',
      verifies: [],
      query: 'SLO;x',
      validation: { kind: 'unknown', message: expect.any(String) },
    },
  ]) {
    test(`is told: ${name}`, async () => {
      const server = await serveGrail({ executes: [], verifies })
      const { provider } = openGrail(server.url)
      const { signal } = new AbortController()
      expect(await provider.validateQuery?.({ name: 'q', query }, signal)).toEqual(validation)
    })
  }
})

test('closing waits for what was given up to be cancelled', async () => {
  const running = { status: 202, body: { state: 'RUNNING', requestToken: 't' } }
  const server = await startFakeGrail({ executes: [running], polls: ['hang'] })
  const { provider } = openGrail(server.url)
  const leaving = new AbortController()
  server.onCall((call) => call.startsWith('poll') && leaving.abort())
  await askGrail({ provider }, [dql], { signal: leaving.signal })
  await provider.close()
  expect(server.calls.at(-1)).toBe('cancel request-token=t')
  await server.stop()
})
