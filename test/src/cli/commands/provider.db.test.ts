import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startScriptedPrometheus, type Script } from '../../../support/scripted-prometheus.ts'
import { startService, type TestService } from '../../../support/service.ts'
import { runPharosCommand, type CommandRun } from '../../../support/terminal.ts'

const script: Script = {
  'latency{v="1"}': { kind: 'value', value: 100, warnings: ['one\u001b[2J'] },
  '*': { kind: 'empty' },
}
const scope = new AsyncDisposableStack()
let service: TestService

beforeAll(async () => {
  const prometheus = await startScriptedPrometheus(script, { version: '2.42.0' })
  scope.defer(() => prometheus.stop())
  service = await startService({
    files: { 'shop/prometheus/sli.yaml': `indicators: {latency: 'latency{v="$LABEL.v"}', errors: errors}\n` },
    settings: {
      providers: {
        prometheus: { kind: 'prometheus', url: prometheus.url },
        gone: { kind: 'prometheus', url: 'http://127.0.0.1:1' },
      },
    },
  })
  scope.defer(() => service.stop())
})
afterAll(() => scope.disposeAsync())

function provider(...argv: readonly string[]): Promise<CommandRun> {
  return runPharosCommand(['provider', ...argv], { cwd: '.', env: { PHAROS_URL: service.url } })
}

describe('provider check', () => {
  test('is of all, and ends with 20 when one is not well', async () => {
    const { code, out } = await provider('check')
    expect(code).toBe(20)
    expect(out.replaceAll(/\d+ ms/g, 'N ms')).toBe(
      [
        'prometheus  ok      Prometheus 2.42.0 (N ms)\n',
        'gone        not ok  cannot connect: ECONNREFUSED 127.0.0.1:1 (N ms)\n',
      ].join(''),
    )
  })

  test('is of one, as JSON', async () => {
    const { code, out } = await provider('check', 'prometheus', '--json')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject([{ name: 'prometheus', ok: true, version: '2.42.0' }])
  })

  test('of one that is not there is told as such', async () => {
    expect(await provider('check', 'none')).toMatchObject({
      code: 4,
      said: expect.stringContaining('no provider none'),
    })
  })
})

describe('provider query', () => {
  const place = ['--project', 'shop', '--stage', 'staging', '--service', 'carts']
  const query = (...argv: readonly string[]) => provider('query', 'prometheus', ...place, ...argv)

  test('shows what was asked and what came', async () => {
    const window = ['--start', '2026-01-02T03:00:00Z', '--window', '5m']
    const { code, out } = await query('--indicator', 'latency', '--label', 'v=1', ...window)
    expect(code).toBe(0)
    expect(out).toContain('value       100\n')
    expect(out).toContain('window      2026-01-02T03:00:00.000Z to 2026-01-02T03:05:00.000Z\n')
    expect(out).toContain('definition  latency{v="$LABEL.v"}\nquery       latency{v="1"}\nwarning     one [2J\n')
    expect(out).toMatch(/\nPOST \/api\/v1\/query: 200, \d+ ms\n {2}query=latency.*\n {2}\{"status":"success".*\n$/)
  })

  test('ends with 20 without a value, and says why', async () => {
    const { code, out } = await query('--indicator', 'errors')
    expect(code).toBe(20)
    expect(out).toMatch(/^outcome {5}no_data\nwhy {9}query did not return any values: /)
    const asJson = await query('--indicator', 'errors', '--json')
    expect(JSON.parse(asJson.out)).toMatchObject({ outcome: 'no_data', value: null, query: 'errors' })
  })

  for (const { argv, said } of [
    { argv: [], said: 'provider needs check or query' },
    { argv: ['ask'], said: 'provider needs check or query' },
    { argv: ['query'], said: 'provider query needs the name of one provider' },
    { argv: ['query', 'a', 'b'], said: 'provider query needs the name of one provider' },
    { argv: ['query', 'prometheus', '--project', 'shop'], said: '--stage is missing' },
    { argv: ['query', 'prometheus', ...place], said: '--indicator is missing' },
  ]) {
    test(`${['provider', ...argv].join(' ')}: ${said}`, async () => {
      expect(await provider(...argv)).toEqual({ code: 2, out: '', said: `${said}\n` })
    })
  }
})
