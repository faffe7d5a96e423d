import { createServer, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { expect, describe, test } from 'vitest'
import { listen } from '../../support/listen.ts'
import { runPharosCommand, type CommandRun } from '../../support/terminal.ts'

const evaluate = ['evaluate', '--project', 'shop', '--stage', 'staging', '--service', 'carts']

function run(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CommandRun> {
  return runPharosCommand(argv, { cwd: tmpdir(), env, stdin: '{"tiles": []}' })
}

/** A server that answers everything alike, and counts. */
async function answering(answer: (response: ServerResponse) => void) {
  let requests = 0
  const server = createServer((_, response) => {
    requests += 1
    answer(response)
  })
  const { port } = await listen(server)
  const url = `http://127.0.0.1:${port}`
  return { url, requests: () => requests, [Symbol.dispose]: () => void server.close() }
}

describe('a URL with credentials', () => {
  for (const url of [
    'http://ci:hunter2@127.0.0.1:9',
    'http://hunter2@127.0.0.1:9',
    'http://:hunter2@127.0.0.1:9',
    'https://ci:hunter2@pharos.example/path',
    'http://ci:a/hunter2@127.0.0.1:9',
    'http://ci:a?hunter2@127.0.0.1:9',
    'http://ci:a#hunter2@127.0.0.1:9',
    'http://ci:hun@hunter2@127.0.0.1:9',
    'http://ci:hunter2@127.0.0.1:99999',
    'ftp://ci:hunter2@127.0.0.1',
    'ci:hunter2@127.0.0.1',
    'http://127.0.0.1:9/?token=hunter2',
    'http://127.0.0.1:9/#hunter2',
  ]) {
    for (const [where, argv, env] of [
      ['--server', [...evaluate, '--server', url], {}],
      ['PHAROS_URL', evaluate, { PHAROS_URL: url }],
      ['--server', ['history', '--project', 'a', '--stage', 'b', '--service', 'c', '--json', '--server', url], {}],
      ['--server', ['provider', 'check', '--json', '--server', url], {}],
    ] as const) {
      test(`${url} as ${where} of ${argv[0]} is refused, and never printed`, async () => {
        const { code, out, said } = await run(argv, env)
        expect([code, out]).toEqual([2, ''])
        expect(said).toMatch(new RegExp(`^${where} must `))
        expect(said).not.toContain('hunter2')
      })
    }
  }

  test('is refused with a sentence that names PHAROS_TOKEN', async () => {
    const { said } = await run([...evaluate, '--server', 'http://ci:hunter2@127.0.0.1:9'])
    expect(said).toBe(
      '--server must not contain a user or a password (http://***@127.0.0.1:9): set PHAROS_TOKEN to an API token\n',
    )
  })

  test('is not printed where it is no option', async () => {
    for (const argv of [
      [...evaluate, 'http://ci:hunter2@127.0.0.1:9'],
      [...evaluate, '--sever=http://ci:hunter2@127.0.0.1:9'],
      ['http://ci:hunter2@127.0.0.1:9'],
      ['import', 'dynatrace-dashboard', '-', '--environment', 'https://ci:hunter2@abc.live.dynatrace.com'],
      ['judge', '--slo', 'http://ci:hunter2@127.0.0.1:9'],
    ]) {
      const { code, out, said } = await run(argv, { DT_TOKEN: 'dt0c01.x' })
      expect(code).toBe(2)
      expect(out + said).not.toContain('hunter2')
    }
  })

  test('that a server redirects to is shown without them', async () => {
    using server = await answering((response) =>
      response.writeHead(302, { location: 'https://ci:hunter2@sso.example/login?state=hunter2&x=hunter2' }).end(),
    )
    const { code, said } = await run([...evaluate, '--server', server.url])
    expect(code).toBe(6)
    expect(said).toBe(
      `${server.url} redirects to https://***@sso.example/login?state=***&x=***: name Pharos itself with --server\n`,
    )
  })
})

describe('what cannot get better ends at once', () => {
  for (const { status, code } of [
    { status: 400, code: 2 },
    { status: 401, code: 3 },
    { status: 403, code: 3 },
    { status: 404, code: 4 },
    { status: 405, code: 2 },
    { status: 409, code: 2 },
    { status: 410, code: 2 },
    { status: 413, code: 2 },
    { status: 415, code: 2 },
    { status: 422, code: 2 },
    { status: 500, code: 6 },
    { status: 501, code: 6 },
  ]) {
    test(`${status} with and without a problem document`, async () => {
      for (const body of ['', JSON.stringify({ detail: 'no', errors: [] })]) {
        using server = await answering((response) => response.writeHead(status).end(body))
        const ended = await run([...evaluate, '--server', server.url])
        expect([ended.code, server.requests()]).toEqual([code, 1])
        expect(ended.said).not.toContain('asking again')
      }
    })
  }

  test('a wrong token that is answered with 429', async () => {
    const body = JSON.stringify({ code: 'too_many_wrong_tokens', detail: 'wrong too often', errors: [] })
    using server = await answering((response) => response.writeHead(429, { 'retry-after': '60' }).end(body))
    const { code, said } = await run([...evaluate, '--server', server.url])
    expect([code, said, server.requests()]).toEqual([3, 'the server answers 429: wrong too often\n', 1])
  })

  test('a request that fetch does not make', async () => {
    const { code, said } = await run([...evaluate, '--server', 'http://127.0.0.1:6000'])
    expect([code, said]).toEqual([6, 'http://127.0.0.1:6000 cannot be reached: no HTTP client asks that port\n'])
  })
})
