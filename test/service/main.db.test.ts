import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { eventId, finishedType } from '../../src/announcing/keptn-events.ts'
import { prepareDatabase, type PreparedDatabase } from '../support/database.ts'
import { runPharos, startPharos, type Pharos, type ProgramOptions } from '../support/process.ts'
import { startReceiver } from '../support/receiver.ts'
import { startScriptedPrometheus, type Script } from '../support/scripted-prometheus.ts'

/** The program as an operator has it: signals, crashes, and what it says when it cannot start. */

const files = {
  'shop/slo.yaml': 'objectives: [{sli: a, pass: [{criteria: ["<10"]}]}]\ntotal_score: {pass: 90}\n',
  'shop/prometheus/sli.yaml': 'spec_version: "1.0"\nindicators: {a: a}\n',
}

let database: PreparedDatabase
const started: Pharos[] = []
beforeEach(async () => {
  database = await prepareDatabase()
})
afterEach(async () => {
  for (const { child, ended } of started.splice(0)) {
    child.kill('SIGKILL')
    await ended
  }
  await database.remove()
})

async function start(options: Partial<ProgramOptions> = {}): Promise<Pharos> {
  const pharos = await startPharos({ files, ...options, env: { ...database.env, ...options.env } })
  started.push(pharos)
  return pharos
}

describe('a stop', () => {
  test('by SIGTERM to npm ends the service in order, with 0', async () => {
    const pharos = await start({ command: ['npm', 'start'] })
    const begun = performance.now()
    pharos.child.kill('SIGTERM')
    expect(await pharos.ended).toBe(0)
    expect(performance.now() - begun).toBeLessThan(10_000)
    await expect(fetch(`${pharos.url}/livez`)).rejects.toThrow('fetch failed')
  })

  test('ends it in order though somebody has connected and says nothing, or half of it', async () => {
    const pharos = await start({})
    const { port } = new URL(pharos.url)
    const head = 'POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n'
    const sockets = ['', head.slice(0, 30), `${head}{`].map((said) => {
      const socket = connect(Number(port), '127.0.0.1').on('error', () => undefined)
      socket.write(said)
      return socket
    })
    await Promise.all(sockets.map((socket) => once(socket, 'connect')))
    await pharos.request('GET', '/readyz')
    pharos.child.kill('SIGTERM')
    expect(await pharos.ended).toBe(0)
    for (const socket of sockets) socket.destroy()
  })

  test('does not follow SIGHUP, which is ignored with a warning', async () => {
    const pharos = await start({})
    pharos.child.kill('SIGHUP')
    await expect.poll(() => pharos.output()).toContain('SIGHUP is ignored: settings are only read at startup')
    expect((await pharos.request('GET', '/livez')).status).toBe(200)
  })

  test('does not follow SIGHUP before the service is ready either', async () => {
    const { code, output } = await runPharos({
      env: { DATABASE_URL: 'postgres://127.0.0.1:9/nothing' },
      onOutput: (said, child) => {
        if (said.includes('SIGHUP is ignored')) child.kill('SIGTERM')
        else if (said.includes('database does not answer')) child.kill('SIGHUP')
      },
    })
    expect([code, output]).toEqual(['SIGTERM', expect.stringContaining('SIGHUP is ignored')])
  })

  test('gives back what runs; the next start finishes the same evaluation, announced once', async () => {
    const script: Script = { a: { kind: 'hang' } }
    const prometheus = await startScriptedPrometheus(script)
    const receiver = await startReceiver()
    const settings = {
      providers: { prometheus: { kind: 'prometheus', url: prometheus.url } },
      sinks: [{ name: 'ci', url: receiver.url, types: ['evaluation.finished'] }],
    }
    try {
      const first = await start({ settings })
      const { body: accepted } = await first.evaluate({}, {})
      await untilRunning(first, accepted.id)
      const waiting = first.request('GET', `/v1/evaluations/${accepted.id}`, { headers: { prefer: 'wait=60' } })
      // Sent after it and answered: the waiting request has arrived.
      await first.request('GET', '/readyz')
      const begun = performance.now()
      first.child.kill('SIGTERM')
      expect(await first.ended).toBe(0)
      expect(performance.now() - begun).toBeLessThan(10_000)
      // Whoever waited was answered, with the evaluation as it stood.
      expect((await waiting).body).toMatchObject({ id: accepted.id, state: 'running' })

      script['a'] = { kind: 'value', value: 1 }
      const second = await start({ settings })
      const { body: ended } = await second.request('GET', `/v1/evaluations/${accepted.id}`, {
        headers: { prefer: 'wait=30' },
      })
      expect(ended).toMatchObject({ id: accepted.id, state: 'succeeded', result: 'pass' })
      await receiver.until(({ length }) => length > 0)
      expect(new Set(receiver.received.map(({ event }) => event.id))).toEqual(
        new Set([eventId(accepted.id, finishedType)]),
      )
    } finally {
      await receiver.stop()
      await prometheus.stop()
    }
  })
})

describe('kill -9', () => {
  test('in the middle of a measurement: the next start finishes the same evaluation, also for its idempotency key', async () => {
    const script: Script = { a: { kind: 'hang' } }
    const prometheus = await startScriptedPrometheus(script)
    const settings = {
      providers: { prometheus: { kind: 'prometheus', url: prometheus.url } },
      limits: { lease: '3s' },
    }
    const key = { 'idempotency-key': 'run-1' }
    try {
      const first = await start({ settings })
      const { body: accepted } = await first.evaluate({}, key)
      await untilRunning(first, accepted.id)
      first.child.kill('SIGKILL')
      await first.ended

      script['a'] = { kind: 'value', value: 1 }
      const second = await start({ settings })
      const replay = await second.evaluate({}, { ...key, prefer: 'wait=30' })
      expect(replay.status).toBe(200)
      expect(replay.body).toMatchObject({ id: accepted.id, state: 'succeeded', result: 'pass' })
      expect(replay.body.startedAt <= replay.body.finishedAt).toBe(true)
    } finally {
      await prometheus.stop()
    }
  })

  test('three times in the same evaluation gives it up', async () => {
    const prometheus = await startScriptedPrometheus({ a: { kind: 'hang' } })
    const settings = {
      providers: { prometheus: { kind: 'prometheus', url: prometheus.url } },
      limits: { lease: '3s' },
    }
    try {
      let pharos = await start({ settings })
      const { body: accepted } = await pharos.evaluate({}, {})
      for (let crash = 1; crash <= 3; crash++) {
        await untilAsked(prometheus, crash)
        pharos.child.kill('SIGKILL')
        await pharos.ended
        pharos = await start({ settings })
      }
      const { body: ended } = await pharos.request('GET', `/v1/evaluations/${accepted.id}`, {
        headers: { prefer: 'wait=30' },
      })
      expect(ended).toMatchObject({
        state: 'errored',
        result: 'fail',
        score: null,
        reasons: [{ code: 'gave_up', runs: 3 }],
      })
      expect(prometheus.requests).toHaveLength(3)
    } finally {
      await prometheus.stop()
    }
  }, 60_000)
})

describe('a program that cannot start says why in one sentence and exits with 1', () => {
  test('the port is in use', async () => {
    const first = await start()
    const { port } = new URL(first.url)
    const other = await prepareDatabase()
    try {
      const { code, output } = await runPharos({ files, env: { ...other.env, PORT: port } })
      expect(code).toBe(1)
      expect(sentences(output)).toEqual([
        expect.stringMatching(new RegExp(`^Pharos cannot listen on 127.0.0.1:${port} .*\\.$`)),
      ])
    } finally {
      await other.remove()
    }
  })

  test('settings are wrong', async () => {
    const { code, output } = await runPharos({ files, env: database.env, settings: { limts: {} } })
    expect(code).toBe(1)
    expect(sentences(output)).toEqual([
      expect.stringMatching(/^Pharos cannot start: pharos.yaml|pharos\.yaml:\d+:\d+: limts/),
    ])
  })

  test('settings of a provider are wrong', async () => {
    const settings = { providers: { prometheus: { kind: 'prometheus', url: 'prometheus:9090', retries: 3 } } }
    const { code, output } = await runPharos({ files, env: database.env, settings })
    expect(code).toBe(1)
    expect(sentences(output)).toEqual([
      'Pharos cannot start:',
      expect.stringMatching(/^ *\S*pharos\.yaml:\d+:\d+: providers\.prometheus\.url: /),
      expect.stringMatching(/^ *\S*pharos\.yaml:\d+:\d+: providers\.prometheus\.retries: unknown setting/),
    ])
  })

  test('credentials stand in a URL, or a token can be guessed, and none is printed', async () => {
    const settings = {
      providers: {
        prometheus: { kind: 'prometheus', url: 'http://ci:hunter2@127.0.0.1:9090' },
        dynatrace: { kind: 'dynatrace', url: 'https://hunter2@abc12345.live.dynatrace.com' },
      },
    }
    const provided = await runPharos({ files, env: database.env, settings })
    expect([provided.code, sentences(provided.output)]).toEqual([
      1,
      [
        'Pharos cannot start:',
        expect.stringMatching(
          /pharos\.yaml:\d+:\d+: providers\.prometheus\.url: .*user and password, token or headers/,
        ),
        expect.stringMatching(/pharos\.yaml:\d+:\d+: providers\.dynatrace\.url: must not contain a user or a password/),
      ],
    ])
    expect(provided.output).not.toContain('hunter2')

    const env = { ...database.env, HOST: '0.0.0.0', TOKEN: 'hunter2' }
    const guessed = await runPharos({ files, env, settings: { apiTokens: ['env:TOKEN'] } })
    expect([guessed.code, sentences(guessed.output)]).toEqual([
      1,
      [expect.stringContaining('shorter than the 16 characters that are needed')],
    ])
    expect(guessed.output).not.toContain('hunter2')
  })

  test('others could reach it without a token', async () => {
    const { code, output } = await runPharos({ files, env: { ...database.env, HOST: '0.0.0.0' } })
    expect(code).toBe(1)
    expect(sentences(output)).toEqual([expect.stringContaining('apiTokens')])
  })

  test('the database is of a newer program', async () => {
    const { openDatabase } = await import('../../src/storage/engine/database.ts')
    const { pino } = await import('pino')
    const opened = await openDatabase({ ...database, log: pino({ level: 'silent' }) })
    await opened.pool.query(
      `insert into migrations (name, checksum, is_contract) values ('9999_future.sql', 'x', true)`,
    )
    await opened.close()
    const { code, output } = await runPharos({ files, env: database.env })
    expect(code).toBe(1)
    expect(sentences(output)).toEqual([expect.stringContaining('9999_future.sql')])
  })

  test('there are arguments that it does not know', async () => {
    const command = [process.execPath, '--import', './src/require-node.mjs', 'src/main.ts', 'frobnicate'] as const
    const { code, output } = await runPharos({ files, env: database.env, command })
    expect(code).toBe(2)
    expect(output).toBe('there is no command frobnicate: see pharos --help\n')
  })
})

test('the story of an evaluation is three lines, and none has a secret', async () => {
  const secrets = { TOKEN: 'planted-api-token', PROM: 'planted-prometheus-token' }
  const prometheus = await startScriptedPrometheus(
    { a: { kind: 'value', value: 1 } },
    { authorization: `Bearer ${secrets.PROM}` },
  )
  try {
    const pharos = await start({
      settings: {
        apiTokens: ['env:TOKEN'],
        providers: { prometheus: { kind: 'prometheus', url: prometheus.url, token: 'env:PROM' } },
      },
      env: { ...secrets, LOG_LEVEL: 'trace' },
    })
    const headers = { authorization: `Bearer ${secrets.TOKEN}`, prefer: 'wait=20' }
    const { body } = await pharos.evaluate({}, headers)
    expect(body).toMatchObject({ result: 'pass' })
    await pharos.evaluate({}, { authorization: 'Bearer planted-wrong-token' })
    const messages = (): unknown[] =>
      pharos
        .output()
        .split('\n')
        .filter((line) => line.includes(body.id) && line.includes('"level":30'))
        .map((line) => JSON.parse(line).msg)
    await until(async () => messages().length >= 3)
    expect(messages()).toEqual(['evaluation accepted', 'evaluation started', 'evaluation finished'])
    expect(pharos.output()).not.toContain('planted')
  } finally {
    await prometheus.stop()
  }
})

/** What is printed beside the log. */
function sentences(output: string): readonly string[] {
  return output.split('\n').filter((line) => line !== '' && !line.startsWith('{'))
}

async function untilRunning(pharos: Pharos, id: string): Promise<void> {
  await until(async () => (await pharos.request('GET', `/v1/evaluations/${id}`)).body.state === 'running')
}

async function untilAsked({ requests }: { readonly requests: readonly unknown[] }, times: number): Promise<void> {
  await until(async () => requests.length >= times)
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if (await holds()) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('it did not happen within 20 s')
}
