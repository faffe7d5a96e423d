import { connect, createServer } from 'node:net'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { prepareDatabase } from '../../../support/database.ts'
import { listen } from '../../../support/listen.ts'
import { startProxy } from '../../../support/proxy.ts'
import { startScriptedPrometheus, type Script, type ScriptedPrometheus } from '../../../support/scripted-prometheus.ts'
import { startService, writeFiles, type TestService } from '../../../support/service.ts'
import { widthOf } from '../../../../src/cli/columns.ts'
import { runPharosCommand, type CommandRun } from '../../../support/terminal.ts'

const slo = `comparison: {compare_with: single_result, include_result_with_score: pass}
objectives:
  - {sli: errors, key_sli: true, pass: [{criteria: ["<=1"]}]}
  - {sli: latency, weight: 2, pass: [{criteria: ["<=+10%", "<600"]}], warning: [{criteria: ["<=800"]}]}
total_score: {pass: "90%", warning: "60%"}
`
const scope = new AsyncDisposableStack()
const script: Script = { latency: { kind: 'value', value: 100 } }
let service: TestService
let cwd: string
let prometheus: ScriptedPrometheus

beforeAll(async () => {
  prometheus = await startScriptedPrometheus(script)
  scope.defer(() => prometheus.stop())
  service = await startService({
    files: {
      'shop/slo.yaml': slo,
      'shop/prometheus/sli.yaml': 'spec_version: "1.0"\nindicators: {latency: latency}\n',
      'shop/project.yaml': 'requests: {values: [latency]}\n',
      'shop/staging/idle/.keep': '',
    },
    settings: {
      providers: { prometheus: { kind: 'prometheus', url: prometheus.url } },
      apiTokens: ['env:TOKEN'],
    },
    env: { TOKEN: 'secret' },
  })
  scope.defer(() => service.stop())
  cwd = await writeFiles({
    'good.json': '{"errors": 0, "latency": 100}',
    'slower.json': '{"errors": 0, "latency": 700}',
    'bad.json': '{"errors": 5, "latency": 100}',
    'errors.json': '{"errors": 0}',
    'twice.json': '[{"metric": "errors", "value": 1}, {"metric": "errors", "value": 2}]',
    'two.yaml': 'objectives: [{sli: errors, pass: [{criteria: ["<=10"]}]}, {sli: nowhere}]\ntotal_score: {pass: 90}\n',
    'slo.yaml': 'objectives: [{sli: errors, pass: [{criteria: ["<=10"]}]}]\ntotal_score: {pass: 90}\n',
    'broken.yaml': 'objectives: [{sli: errors, pass: [{criteria: ["!10"]}]}]\ntotal_score: {pass: 90}\n',
  })
})
afterAll(() => scope.disposeAsync())

interface Options {
  readonly env?: Readonly<Record<string, string>>
  readonly url?: string
}

function evaluate(
  name: string,
  argv: readonly string[],
  { env, url = service.url }: Options = {},
): Promise<CommandRun> {
  const where = ['--project', 'shop', '--stage', 'staging', '--service', name]
  return runPharosCommand(['evaluate', ...where, ...argv], {
    cwd,
    env: { PHAROS_URL: url, PHAROS_TOKEN: 'secret', ...env },
  })
}

describe('evaluate', () => {
  test('waits for the result, reports it and exits with it', async () => {
    const passed = await evaluate('story', ['--indicators', 'good.json', '--label', 'build=1', '--label', 'note=a=b'])
    expect(passed.code).toBe(0)
    expect(passed.out).toMatch(/^shop\/staging\/story: pass, score 100\n/)
    expect(passed.out).toContain(`${service.url}/v1/evaluations/`)
    expect(passed.said).toMatch(/^evaluation \S+ is (queued|running)\n/)
    expect(await evaluate('story', ['--indicators', 'slower.json'])).toMatchObject({ code: 0 })
    expect(await evaluate('story', ['--indicators', 'slower.json', '--warning', 'fail'])).toMatchObject({ code: 10 })
    const failed = await evaluate('story', [
      '--indicators',
      'bad.json',
      '--output',
      'json',
      '--output',
      'junit=gate.xml',
    ])
    expect(failed.code).toBe(20)
    expect(JSON.parse(failed.out)).toMatchObject({ result: 'fail', labels: {}, explanation: { result: 'fail' } })
    expect(await readFile(join(cwd, 'gate.xml'), 'utf8')).toContain(
      'name="errors"><failure message="5 does not meet &lt;=1"/>',
    )
  })

  test('brings its own SLO and window', async () => {
    const window = ['--start', '2026-01-02T03:00:00Z', '--end', '2026-01-02T03:05:00Z']
    const { code, out } = await evaluate('own', [
      '--slo',
      'slo.yaml',
      '--indicators',
      'bad.json',
      ...window,
      '--output',
      'json',
    ])
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      slo: { inline: true },
      window: { start: '2026-01-02T03:00:00.000Z', source: 'request' },
    })
  })

  test('by an SLO of its own never reads like one by the SLO of the service', async () => {
    const said = 'judged by the SLO of the request, apart from the SLO of the service'
    for (const format of ['text', 'markdown', 'junit']) {
      const brought = await evaluate('apart', ['--slo', 'slo.yaml', '--indicators', 'bad.json', '--output', format])
      expect(brought.out).toContain(said)
      const own = await evaluate('apart', ['--indicators', 'good.json', '--output', format])
      expect(own.out).not.toContain(said)
    }
  })

  test('of which nobody can say how it would have ended is 30', async () => {
    script['latency'] = { kind: 'error', status: 400, errorType: 'bad_data', error: 'no' }
    expect(await evaluate('undecided', ['--indicators', 'errors.json'])).toMatchObject({ code: 30 })
    script['latency'] = { kind: 'value', value: 100 }
  })

  test('that lasts too long is 40, and says where it goes on', async () => {
    script['latency'] = { kind: 'hang' }
    const { code, said } = await evaluate('slow', ['--indicators', 'errors.json', '--wait', '1s'])
    script['latency'] = { kind: 'value', value: 100 }
    expect(code).toBe(40)
    expect(said).toMatch(/evaluation \S+ is still running: it goes on, look at http\S+\/v1\/evaluations\/\S+\n$/)
  })

  describe('in one job of a CI system', () => {
    const env = { CI_PROJECT_ID: '3', CI_JOB_ID: '99' }

    test('judges what is measured now, every time', async () => {
      script['latency'] = { kind: 'value', value: 100 }
      const healthy = await evaluate('step', ['--indicators', 'errors.json'], { env })
      script['latency'] = { kind: 'value', value: 900 }
      const broken = await evaluate('step', ['--indicators', 'errors.json'], { env })
      script['latency'] = { kind: 'value', value: 100 }
      expect([healthy.code, broken.code]).toEqual([0, 20])
      expect(healthy.out + broken.out).not.toContain('reused')
    })

    test('finds the evaluation of the same request with a fixed window, and says so in every report', async () => {
      const window = ['--start', '2026-01-02T03:00:00Z', '--end', '2026-01-02T03:05:00Z']
      const argv = ['--indicators', 'good.json', ...window]
      const first = JSON.parse((await evaluate('fixed', [...argv, '--output', 'json'], { env })).out)
      expect(first.reusedFrom).toBeNull()
      const outputs = ['json', 'text=again.txt', 'markdown=again.md', 'junit=again.xml']
      const again = await evaluate('fixed', [...argv, ...outputs.flatMap((one) => ['--output', one])], { env })
      expect(JSON.parse(again.out)).toMatchObject({ id: first.id, reusedFrom: first.acceptedAt })
      const told = `reused from ${first.acceptedAt}`
      expect(again.said).toContain(told)
      for (const file of ['again.txt', 'again.md', 'again.xml'])
        expect(await readFile(join(cwd, file), 'utf8')).toContain(told)
      const other = await evaluate('fixed', [...argv, '--label', 'a=b', '--output', 'json'], { env })
      expect(JSON.parse(other.out)).toMatchObject({ reusedFrom: null })
      const elsewhere = await evaluate('fixed', [...argv, '--output', 'json'])
      expect(JSON.parse(elsewhere.out)).toMatchObject({ reusedFrom: null })
    })
  })

  test('with --key finds the evaluation with this key, and says so', async () => {
    const argv = ['--indicators', 'good.json', '--key', 'release-7', '--output', 'json']
    const [first, again] = [await evaluate('named', argv), await evaluate('named', argv)]
    expect(JSON.parse(first.out)).toMatchObject({ reusedFrom: null })
    expect(JSON.parse(again.out)).toMatchObject({ id: JSON.parse(first.out).id, reusedFrom: expect.any(String) })
  })

  test('that lost the answer to its request finds its own evaluation, which is not reused', async () => {
    const { hostname: host, port } = new URL(service.url)
    let isFirst = true
    const cutting = createServer((client) => {
      const upstream = connect(Number(port), host)
      const isCut = isFirst
      isFirst = false
      upstream.on('data', (bytes) => (isCut ? client.destroy() : client.write(bytes)))
      client.on('data', (bytes) => upstream.write(bytes))
      for (const [one, other] of [[client, upstream] as const, [upstream, client] as const]) {
        one.on('close', () => other.destroy())
        one.on('error', () => other.destroy())
      }
    })
    const { port: cuttingPort } = await listen(cutting)
    const url = `http://127.0.0.1:${cuttingPort}`
    const { code, out, said } = await evaluate('cut', ['--indicators', 'good.json', '--output', 'json'], { url })
    cutting.close()
    expect([code, said]).toEqual([0, expect.stringContaining('; asking again\n')])
    expect(JSON.parse(out)).toMatchObject({ attempt: 1, reusedFrom: null })
  })

  test('goes on when the server was away at first', async () => {
    const { hostname: host, port } = new URL(service.url)
    const proxy = await startProxy({ host, port: Number(port) }, true)
    scope.defer(() => proxy.stop())
    const said: string[] = []
    const where = ['--project', 'shop', '--stage', 'staging', '--service', 'away']
    const { code } = await runPharosCommand(['evaluate', ...where, '--indicators', 'good.json'], {
      cwd,
      env: { PHAROS_URL: `http://127.0.0.1:${proxy.port}`, PHAROS_TOKEN: 'secret' },
      say: (line) => said.push(line),
      pause: () => proxy.restore(),
    })
    expect(code).toBe(0)
    expect(said[0]).toMatch(/^http:\S+ cannot be reached: nothing listens there \(ECONNREFUSED\); asking again$/)
  })

  test('goes on when the server is started anew while it judges', async () => {
    const database = await prepareDatabase()
    scope.defer(() => database.remove())
    const start = (port = '0') =>
      startService({
        database,
        files: {
          'shop/slo.yaml': slo,
          'shop/prometheus/sli.yaml': 'indicators: {latency: latency}\n',
          'shop/project.yaml': 'requests: {values: [latency]}\n',
        },
        settings: {
          providers: { prometheus: { kind: 'prometheus', url: prometheus.url } },
          limits: { lease: '3s' },
        },
        env: { PORT: port },
      })
    const first = await start()
    script['latency'] = { kind: 'hang' }
    const asked = prometheus.requests.length
    const running = evaluate('restarted', ['--indicators', 'errors.json'], { url: first.url })
    await vi.waitFor(() => expect(prometheus.requests.length).toBeGreaterThan(asked), { timeout: 10_000 })
    await first.stop()
    script['latency'] = { kind: 'value', value: 100 }
    const second = await start(new URL(first.url).port)
    scope.defer(() => second.stop())
    const { code, out, said } = await running
    expect([code, said]).toEqual([0, expect.stringContaining('; asking again\n')])
    expect(out).toMatch(/^shop\/staging\/restarted: pass, score 100\n/)
  }, 60_000)
})

describe('ends with', () => {
  for (const { code, what, argv = [], options, said } of [
    { code: 3, what: 'a wrong token', options: { env: { PHAROS_TOKEN: 'wrong' } }, said: /^the server answers 401: / },
    {
      code: 2,
      what: 'an SLO that is refused',
      argv: ['--slo', 'broken.yaml'],
      said: /\n {2}broken\.yaml:1:\d+: "!10" is not a criterion/,
    },
    {
      code: 2,
      what: 'a window that is too short',
      argv: ['--window', '1s'],
      said: /^the server answers 422: the window is not valid/,
    },
    { code: 2, what: 'a metric given twice', argv: ['--indicators', 'twice.json'], said: /is given more than once/ },
    {
      code: 6,
      what: 'nobody there',
      argv: ['--wait', '1s'],
      options: { url: 'http://127.0.0.1:9' },
      said: /cannot be reached: /,
    },
  ]) {
    test(`${code} for ${what}`, async () => {
      const answer = await evaluate('refused', argv, options)
      expect([answer.code, answer.out]).toEqual([code, ''])
      expect(answer.said).toMatch(said)
    })
  }

  test('4 for a service without an SLO', async () => {
    const where = ['--project', 'bank', '--stage', 'prod', '--service', 'x']
    const env = { PHAROS_URL: service.url, PHAROS_TOKEN: 'secret' }
    const { code, said } = await runPharosCommand(['evaluate', ...where], { cwd, env })
    expect(code).toBe(4)
    expect(said).toContain('there is no slo.yaml')
  })

  for (const { code = 6, what, answer, said } of [
    {
      what: 'something that is no Pharos',
      answer: 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>',
      said: 'URL does not answer JSON: is it Pharos?',
    },
    {
      what: 'JSON of something else',
      answer: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]',
      said: 'URL does not answer as Pharos does',
    },
    {
      what: 'no HTTP at all',
      answer: 'SSH-2.0-OpenSSH\r\n',
      said: 'URL cannot be reached: what answers there is no HTTP',
    },
    {
      what: 'an answer that breaks off',
      answer: 'HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n{',
      said: 'URL cannot be reached: the connection was cut (UND_ERR_SOCKET)',
    },
    { what: 'no answer', answer: undefined, said: 'URL cannot be reached: it does not answer in time' },
    {
      what: 'a redirection',
      answer: 'HTTP/1.1 302 Found\r\nLocation: http://other/login\r\nContent-Length: 0\r\n\r\n',
      said: 'URL redirects to http://other/login: name Pharos itself with --server',
    },
    {
      what: 'a server that is not ready',
      answer: 'HTTP/1.1 503 Later\r\nContent-Length: 21\r\n\r\n{"detail": "not yet"}',
      said: 'URL cannot be reached: it answers 503: not yet',
    },
    {
      code: 3,
      what: 'a proxy that forbids it',
      answer: 'HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\n\r\n<html>',
      said: 'URL answers 403 as Pharos does not: is it Pharos?',
    },
  ]) {
    test(`${code} for ${what}`, async () => {
      const other = createServer((socket) => {
        socket.on('error', () => {})
        if (answer !== undefined) socket.end(answer)
      })
      const { port } = await listen(other)
      const url = `http://127.0.0.1:${port}`
      const outcome = await evaluate('x', ['--wait', '1s'], { url })
      other.close()
      expect([outcome.code, outcome.out]).toEqual([code, ''])
      expect(outcome.said.trimEnd().split('\n').at(-1)).toBe(said.replace('URL', url))
    })
  }

  test('6 at once for a port that speaks no TLS', async () => {
    const url = service.url.replace('http:', 'https:')
    const { code, said } = await evaluate('x', [], { url })
    expect([code, said]).toEqual([
      6,
      `${url} cannot be reached: it does not speak TLS: write http:// if that was meant (ERR_SSL_WRONG_VERSION_NUMBER)\n`,
    ])
  })
})

describe('history', () => {
  const where = ['--project', 'shop', '--stage', 'staging', '--service', 'story']
  const history = (...argv: readonly string[]): Promise<CommandRun> =>
    runPharosCommand(['history', ...where, ...argv], { cwd, env: { PHAROS_URL: service.url, PHAROS_TOKEN: 'secret' } })

  test('is a line for each evaluation, newest first, and one for each indicator', async () => {
    const { code, out } = await history()
    expect(code).toBe(0)
    const [rows = '', series = ''] = out.split('\n\n')
    expect(rows.split('\n').map((row) => row.replaceAll(/\S+ \S+ {2}/g, ''))).toHaveLength(5)
    expect(rows.split('\n').at(-1)).toMatch(/ {2}pass +100 {2}note=a=b build=1$/)
    expect(series).toMatch(/errors +▁▁▁█ {2}5\nlatency +▁██▁ {2}100\n/)
  })

  test('is JSON when asked for', async () => {
    expect(JSON.parse((await history('--json', '--limit', '2')).out)).toMatchObject([
      { result: 'fail' },
      { result: 'warning' },
    ])
  })

  test('tells first what builds do not have alike, and says of which indicator there never was a value', async () => {
    const wide = '注文サービス⚠️'.repeat(4)
    for (const build of ['1', '2']) {
      const labels = ['--label', `a=${wide}`, '--label', `build=${build}`]
      expect((await evaluate('alike', ['--slo', 'two.yaml', '--indicators', 'good.json', ...labels])).code).not.toBe(2)
    }
    const argv = ['history', ...where.with(5, 'alike')]
    const env = { PHAROS_URL: service.url, PHAROS_TOKEN: 'secret' }
    const { out } = await runPharosCommand(argv, { cwd, env, columns: 60 })
    const lines = out.trimEnd().split('\n')
    expect(lines.slice(1, 3)).toEqual([expect.stringMatching(/ build=2 …$/), expect.stringMatching(/ build=1 …$/)])
    expect(lines.slice(4)).toEqual([expect.stringMatching(/^errors +▁▁ {2}0$/), 'nowhere  never measured'])
    expect(Math.max(...lines.map((line) => widthOf(line)))).toBeLessThanOrEqual(60)
  })

  test('shows an attempt at a window as such, and an invalidated evaluation with the reason', async () => {
    const window = ['--start', '2026-01-02T03:00:00Z', '--end', '2026-01-02T03:05:00Z', '--output', 'json']
    const ids: string[] = []
    const argvOf = (build: string) => [
      '--indicators',
      'good.json',
      ...window,
      '--label',
      `build=${build}`,
      '--key',
      build,
    ]
    for (const build of ['1', '2', '3']) {
      const { out } = await evaluate('again', argvOf(build))
      ids.push(JSON.parse(out).id)
    }
    const headers = { authorization: 'Bearer secret', 'content-type': 'application/cloudevents+json' }
    const key = { project: 'shop', stage: 'staging', service: 'again' }
    const invalidated = await service.request('POST', '/v1/events', {
      headers,
      body: {
        specversion: '1.0',
        id: 'revoked',
        source: 'test',
        type: 'sh.keptn.event.evaluation.invalidated',
        triggeredid: ids[1],
        shkeptncontext: '08735340-6f9e-4b32-97ff-3b6c292bc509',
        data: { ...key, evaluation: { reason: 'the load generator had stopped' } },
      },
    })
    expect(invalidated.status).toBe(200)
    expect((await evaluate('again', argvOf('1'))).code).toBe(0)
    expect((await evaluate('again', argvOf('2'))).code).toBe(30)
    for (const { format, said } of [
      { format: 'text', said: 'shop/staging/again: invalidated, was pass, score 100\n' },
      { format: 'markdown', said: '### ❌ shop/staging/again: invalidated, was pass, score 100\n' },
      { format: 'junit', said: '<error message="invalidated, was pass, score 100"/>' },
    ]) {
      const inFormat = argvOf('2').map((word) => (word === 'json' ? format : word))
      expect((await evaluate('again', inFormat)).out).toContain(said)
    }
    const argv = ['history', ...where.with(5, 'again')]
    const env = { PHAROS_URL: service.url, PHAROS_TOKEN: 'secret' }
    const { out } = await runPharosCommand(argv, { cwd, env, columns: 80 })
    const lines = out
      .split('\n\n')[0]
      ?.split('\n')
      .map((line) => line.replace(/^\S+ \S+ +/, ''))
    expect(lines).toEqual([
      'result       score  labels',
      'pass           100  attempt 3 build=3',
      'invalidated    100  attempt 2 build=2',
      '  invalidated (was pass): the load generator had stopped',
      'pass           100  build=1',
    ])
    const [third] = JSON.parse((await runPharosCommand([...argv, '--json'], { cwd, env })).out)
    expect(third).toMatchObject({ attempt: 3, invalidation: null })
    const report = await evaluate('again', ['--indicators', 'good.json', ...window.slice(0, 4)])
    expect(report.out.split('\n').slice(0, 2)).toEqual([
      'shop/staging/again: pass, score 100',
      'attempt 4 at this window',
    ])
  })

  test('of a service without evaluations is empty, and of an unknown one exits with 4', async () => {
    const env = { PHAROS_URL: service.url, PHAROS_TOKEN: 'secret' }
    const historyOf = (name: string) =>
      runPharosCommand(['history', '--project', 'shop', '--stage', 'staging', '--service', name], { cwd, env })
    expect(await historyOf('idle')).toEqual({
      code: 0,
      out: '',
      said: 'there are no evaluations of this service yet\n',
    })
    expect(await historyOf('idel')).toEqual({
      code: 4,
      out: '',
      said: 'the server answers 404: there is no service idel in project shop: neither a folder of the definitions nor an evaluation has this name (did you mean idle?)\n',
    })
  })
})
