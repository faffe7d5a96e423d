import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { listen } from '../../support/listen.ts'
import { runPharosCommand, type CommandRun } from '../../support/terminal.ts'

let cwd: string
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'pharos-cli-'))
})
afterEach(() => rmSync(cwd, { recursive: true, force: true }))

const slo = 'objectives: [{sli: errors, pass: [{criteria: ["<5"]}]}]\ntotal_score: {pass: 90}\n'

function write(texts: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(texts)) {
    mkdirSync(join(cwd, dirname(name)), { recursive: true })
    writeFileSync(join(cwd, name), text)
  }
}

function validate(sli: string, others: Readonly<Record<string, string>> = {}, ...argv: string[]): Promise<CommandRun> {
  write({ 'shop/slo.yaml': slo, 'shop/prometheus/sli.yaml': sli, ...others })
  return runPharosCommand(['validate', '.', ...argv], { cwd })
}

const warnings = ({ said }: CommandRun) => said.split('\n').filter((line) => line.startsWith('warning: '))

describe('a query that no dialect reads', () => {
  const sli = 'indicators:\n  unused: up\n  errors: sum((\n'

  for (const { where, others } of [
    { where: 'without a pharos.yaml', others: {} },
    {
      where: 'for a configured provider',
      others: {
        'pharos.yaml': 'providers: {prometheus: {kind: prometheus, url: "http://127.0.0.1:1", token: "env:X"}}\n',
      },
    },
  ]) {
    test(`is a mistake with its place ${where}`, async () => {
      const { code, out } = await validate(sli, others)
      expect([code, out]).toEqual([
        2,
        'shop/prometheus/sli.yaml:3: "errors" can never be asked: "(" at character 5 is never closed\n',
      ])
    })
  }
})

test('a query that PromQL does not read is a warning with its place, as another dialect may read it', async () => {
  const done = await validate('indicators:\n  errors: rate(x{s="$SERVICE"}[$DURATION_SECONDS]) keep_metric_names\n')
  expect(done).toMatchObject({ code: 0, out: '' })
  expect(warnings(done)).toEqual([
    'warning: shop/prometheus/sli.yaml:2: the query of "errors": PromQL does not expect "keep_metric_names" at character 36, once its placeholders are resolved; fix: fix the query, unless the server uses a different dialect, such as MetricsQL',
  ])
})

test('placeholders are resolved before, whatever they stand for', async () => {
  const sli = `indicators:
  errors: sum(rate(x{a="$LABEL.a", b=~"$SERVICE.*"}[$DURATION_SECONDS])) > $LABEL.limit
  over: sum(rate(x[$LABEL.range])) * \${LABEL.factor:-2}
`
  const done = await validate(sli)
  expect([done.code, warnings(done)]).toEqual([0, []])
})

test('a range that ignores the window is a warning with what to write, unless options say to read all of the window', async () => {
  const sli = 'indicators:\n  errors: sum(rate(x[5m]))\n'
  const config = {
    'pharos.yaml': 'providers: {prometheus: {kind: prometheus, url: "http://127.0.0.1:1", token: "env:X"}}\n',
  }
  expect(warnings(await validate(sli, config))).toEqual([
    'warning: shop/prometheus/sli.yaml:2: the query of "errors": [5m] covers 5m, regardless of the length of the window; fix: use [$DURATION_SECONDS], which is as long as the window, or read values throughout the window with mode: range in options.yaml',
  ])
  const options = { 'shop/prometheus/options.yaml': 'indicators:\n  errors: {mode: range, reduce: max}\n' }
  expect(warnings(await validate(sli, { ...config, ...options }))).toEqual([])
})

test('options of no indicator are a warning with their place', async () => {
  const config = {
    'pharos.yaml': 'providers: {prometheus: {kind: prometheus, url: "http://127.0.0.1:1", token: "env:X"}}\n',
  }
  const options = { 'shop/prometheus/options.yaml': 'indicators:\n  errors: {onEmpty: 0}\n  erors: {onEmpty: 0}\n' }
  expect(warnings(await validate('indicators: {errors: up}\n', { ...config, ...options }))).toEqual([
    'warning: shop/prometheus/options.yaml:3:3: there are options for "erors", which is in no sli.yaml of this provider, so they have no effect; fix: write "errors"',
  ])
})

describe('a provider that says whether it understands a query', () => {
  /** Understands whatever has no `nonsense` in it; `authorization` of each request is noted. */
  async function prometheus(): Promise<{ readonly url: string; readonly asked: string[]; readonly tokens: unknown[] }> {
    const asked: string[] = []
    const tokens: unknown[] = []
    const server = createServer((request, response) => {
      let body = ''
      request.setEncoding('utf8').on('data', (part) => (body += String(part)))
      request.on('end', () => {
        const query = new URLSearchParams(body).get('query') ?? ''
        asked.push(`${request.url} ${query}`)
        tokens.push(request.headers.authorization)
        const isWrong = query.includes('nonsense')
        const error = { status: 'error', errorType: 'bad_data', error: 'unknown function with name "nonsense"' }
        response.writeHead(isWrong ? 400 : 200, { 'content-type': 'application/json' })
        response.end(JSON.stringify(isWrong ? error : { status: 'success', data: query }))
      })
    })
    const { port } = await listen(server)
    onTestFinished(() => void server.close())
    return { url: `http://127.0.0.1:${port}`, asked, tokens }
  }

  const sli = 'indicators:\n  errors: nonsense(up)\n  sound: sum(x{a="$LABEL.a"})\n'

  test('is asked, and a query it does not understand is a mistake with its place', async () => {
    const { url, asked } = await prometheus()
    const config = { 'pharos.yaml': `providers: {prometheus: {kind: prometheus, url: "${url}"}}\n` }
    const { code, out } = await validate(sli, config)
    expect([code, out]).toEqual([
      2,
      expect.stringMatching(
        /^shop\/prometheus\/sli\.yaml:2: prometheus does not understand the query of "errors": .*unknown function with name "nonsense".*\n$/,
      ),
    ])
    expect(asked.every((one) => one.startsWith('/api/v1/format_query '))).toBe(true)
    expect(asked).toContain('/api/v1/format_query sum(x{a="value_to_come"})')
  })

  test('is asked with its secrets only with --secrets', async () => {
    const { url, asked, tokens } = await prometheus()
    write({ token: 'secret-token' })
    const token = `file:${join(cwd, 'token')}`
    const config = { 'pharos.yaml': `providers: {prometheus: {kind: prometheus, url: "${url}", token: "${token}"}}\n` }
    expect(await validate(sli, config)).toMatchObject({ code: 0, out: '' })
    expect(asked).toEqual([])
    expect(await validate(sli, config, '--secrets')).toMatchObject({ code: 2 })
    expect(new Set(tokens)).toEqual(new Set(['Bearer secret-token']))
  })

  test('that cannot be asked is said once, and nothing fails', async () => {
    const config = { 'pharos.yaml': 'providers: {prometheus: {kind: prometheus, url: "http://127.0.0.1:1"}}\n' }
    const done = await validate('indicators:\n  errors: up\n  sound: sum(x{a="$LABEL.a"})\n', config)
    expect(done.code).toBe(0)
    expect(done.said.split('\n')).toEqual([
      expect.stringMatching(/^prometheus could not say whether it understands its queries: .*ECONNREFUSED/),
      expect.stringContaining('every file is valid'),
      '',
    ])
  })

  for (const { what, answersMax, said } of [
    {
      what: 'never answers',
      answersMax: 0,
      said: /^prometheus could not say whether it understands its queries: timed out/,
    },
    {
      what: 'stops answering',
      answersMax: 1,
      said: /^prometheus could not say whether it understands the query of "b" and 1 more: .*failed with 503/,
    },
  ]) {
    test(`that ${what} is said within a few seconds, and nothing fails`, async () => {
      let answers = 0
      const server = createServer((_, response) => {
        answers += 1
        if (answersMax === 0) return
        response.writeHead(answers > answersMax ? 503 : 200, { 'content-type': 'application/json' })
        response.end(JSON.stringify({ status: 'success', data: 'up' }))
      })
      const { port } = await listen(server)
      onTestFinished(() => void server.close())
      const config = { 'pharos.yaml': `providers: {prometheus: {kind: prometheus, url: "http://127.0.0.1:${port}"}}\n` }
      const startedAt = performance.now()
      const done = await validate('indicators:\n  errors: up\n  b: up\n  c: up\n', config)
      expect(performance.now() - startedAt).toBeLessThan(6_000)
      expect([done.code, done.out]).toEqual([0, ''])
      expect(done.said).toMatch(said)
    })
  }
})
