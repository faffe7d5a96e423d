import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { createServer as createTcpServer } from 'node:net'
import { setTimeout as after } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { IndicatorReply, Provider } from '../../providers/provider.ts'
import { missingOutcomes, type MissingOutcome } from '../../slo/index.ts'
import { serverCertificate, serverKey } from '../support/certificates.ts'
import { listen } from '../support/listen.ts'

/** A kind of provider, and how its system says things. */
export interface Conforming {
  readonly kind: string
  /** A provider that asks the system at `url` with `conformingSecret` as its credentials; the suite closes it. */
  open(url: string): Provider | Promise<Provider>
  /** Any query that the system could be asked. */
  readonly query: string
  /** Bodies of a success; absent where no such reply exists. */
  readonly bodies: {
    /** The number 42. */
    readonly value: string
    readonly empty: string
    readonly several?: string
    readonly nan?: string
    readonly infinite?: string
  }
  /** Replies to requests that are no question, such as for a token; false when it is one. */
  answerOther?(request: IncomingMessage, response: ServerResponse): boolean
}

/** Never to be seen in a reply. */
export const conformingSecret = 'a-secret-of-the-suite'

type Behave = (response: ServerResponse, attempt: number) => void

const deadlineMs = 1500
const json = { 'content-type': 'application/json' }
const html = { 'content-type': 'text/html' }

const send =
  (status: number, headers: Readonly<Record<string, string>>, body: string | Buffer): Behave =>
  (response) =>
    void response.writeHead(status, headers).end(body)

/** What every provider must make of a system that does well, badly, or nothing. */
export function describeConformance(conforming: Conforming): void {
  const { bodies, query } = conforming
  const stops: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    await Promise.all(stops.splice(0).map((stop) => stop()))
  })

  async function open(url: string): Promise<Provider> {
    const provider = await conforming.open(url)
    stops.push(() => provider.close())
    return provider
  }

  async function serve(behave: Behave, tls = false): Promise<string> {
    let attempts = 0
    const server: Server = tls
      ? createTlsServer({ cert: serverCertificate, key: serverKey })
      : createServer({ keepAliveTimeout: 1000 })
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      response.on('error', () => undefined)
      request.resume().on('end', () => {
        if (conforming.answerOther?.(request, response) !== true) behave(response, (attempts += 1))
      })
    })
    const { port } = await listen(server)
    stops.push(() => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(resolve))
    })
    return `${tls ? 'https' : 'http'}://127.0.0.1:${port}`
  }

  /** Asks twice at once, and checks what must hold whatever came back. */
  async function ask(url: string, signal: AbortSignal = new AbortController().signal): Promise<IndicatorReply> {
    const end = new Date()
    const startedAt = performance.now()
    const told: number[] = []
    const provider = await open(url)
    const replies = await provider.measure({
      window: { start: new Date(end.getTime() - 300_000), end },
      indicators: [
        { name: 'one', query },
        { name: 'two', query },
      ],
      signal,
      deadline: new Date(Date.now() + deadlineMs),
      onReply: (index) => told.push(index),
    })
    expect(performance.now() - startedAt).toBeLessThan(deadlineMs + 1000)
    expect(told.toSorted((one, other) => one - other)).toEqual([0, 1])
    expect(replies).toHaveLength(2)
    expect(JSON.stringify(replies)).not.toContain(conformingSecret)
    for (const { query: sent, attempts, durationMs } of replies) {
      expect(sent).not.toBe('')
      expect(attempts).toBeGreaterThanOrEqual(0)
      expect(durationMs).toBeGreaterThanOrEqual(0)
    }
    const [reply, other] = replies
    if (reply === undefined) throw new Error('there is no reply')
    expect(other?.outcome).toBe(reply.outcome)
    return reply
  }

  /** The outcome without a value, whose message is checked to be a sentence. */
  async function outcomeOf(url: string): Promise<IndicatorReply['outcome']> {
    const reply = await ask(url)
    expect(reply).toMatchObject({ message: expect.stringMatching(/\S+ \S+/) })
    return reply.outcome
  }

  describe(`${conforming.kind}: a system that answers`, () => {
    test('a number is measured', async () => {
      expect(await ask(await serve(send(200, json, bodies.value)))).toMatchObject({ outcome: 'measured', value: 42 })
    })

    test('a slow one, too', async () => {
      const url = await serve((response) => void after(300).then(() => response.writeHead(200, json).end(bodies.value)))
      expect(await ask(url)).toMatchObject({ outcome: 'measured', value: 42 })
    })

    test('nothing is no_data', async () => {
      expect(await outcomeOf(await serve(send(200, json, bodies.empty)))).toBe('no_data')
    })

    const strange: readonly (readonly [name: string, outcome: MissingOutcome, body: string | undefined])[] = [
      ['several series', 'ambiguous', bodies.several],
      ['NaN', 'invalid_value', bodies.nan],
      ['an infinite number', 'invalid_value', bodies.infinite],
    ]
    for (const [name, outcome, body] of strange.filter(([, , given]) => given !== undefined)) {
      test(`${name}: ${outcome}`, async () => {
        expect(await outcomeOf(await serve(send(200, json, body ?? '')))).toBe(outcome)
      })
    }
  })

  describe(`${conforming.kind}: a system that refuses`, () => {
    const cases: readonly (readonly [status: number, outcome: MissingOutcome])[] = [
      [401, 'unauthorized'],
      [403, 'unauthorized'],
      [404, 'config'],
      [413, 'upstream'],
      [429, 'rate_limited'],
      [500, 'upstream'],
    ]
    for (const [status, outcome] of cases) {
      test(`${status} is ${outcome}, and what it sends back of a secret is not shown`, async () => {
        const body = `refused: Bearer ${conformingSecret}`
        expect(await outcomeOf(await serve(send(status, { 'content-type': 'text/plain' }, body)))).toBe(outcome)
      })
    }

    test('429 with Retry-After is asked again after that time', async () => {
      const arrivals: number[] = []
      const url = await serve((response, attempt) => {
        arrivals.push(performance.now())
        if (attempt > 2) response.writeHead(200, json).end(bodies.value)
        else response.writeHead(429, { 'retry-after': '1' }).end('slow down')
      })
      expect(await ask(url)).toMatchObject({ outcome: 'measured', value: 42 })
      expect((arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0)).toBeGreaterThanOrEqual(990)
    })

    test('429 that asks for more time than there is, is told at once', async () => {
      const startedAt = performance.now()
      expect(await outcomeOf(await serve(send(429, { 'retry-after': '600' }, 'slow down')))).toBe('rate_limited')
      expect(performance.now() - startedAt).toBeLessThan(deadlineMs)
    })

    test('502 with a page is upstream', async () => {
      expect(await outcomeOf(await serve(send(502, html, '<h1>Bad gateway</h1>')))).toBe('upstream')
    })

    test('what passes is asked again', async () => {
      const url = await serve((response, attempt) =>
        attempt > 2 ? send(200, json, bodies.value)(response, attempt) : send(503, {}, 'starting')(response, attempt),
      )
      expect(await ask(url)).toMatchObject({ outcome: 'measured', value: 42, attempts: 2 })
    })

    test('a login page is upstream', async () => {
      expect(await outcomeOf(await serve(send(200, html, '<form>Sign in</form>')))).toBe('upstream')
    })

    test('what is no JSON is upstream', async () => {
      expect(await outcomeOf(await serve(send(200, json, bodies.value.slice(0, -2))))).toBe('upstream')
    })

    test('a redirect is not followed', async () => {
      const elsewhere: string[] = []
      const other = await serve((response) => {
        elsewhere.push('asked')
        response.writeHead(200, json).end(bodies.value)
      })
      expect(['config', 'unauthorized']).toContain(
        await outcomeOf(await serve(send(302, { location: `${other}/login` }, ''))),
      )
      expect(elsewhere).toEqual([])
    })
  })

  describe(`${conforming.kind}: a network that is bad`, () => {
    test('a body of 1 GB is not read to its end', async () => {
      const chunk = Buffer.alloc(1024 * 1024, ' ')
      let sentMiB = 0
      const url = await serve((response) => {
        response.writeHead(200, json)
        const pump = () => {
          while (sentMiB < 1024 && !response.destroyed) {
            sentMiB += 1
            if (!response.write(chunk)) return void response.once('drain', pump)
          }
        }
        pump()
      })
      expect(await outcomeOf(url)).toBe('upstream')
      expect(sentMiB).toBeLessThan(128)
    })

    test('a body that unpacks to a lot is refused', async () => {
      const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, ' '))
      expect(await outcomeOf(await serve(send(200, { ...json, 'content-encoding': 'gzip' }, bomb)))).toBe('upstream')
    })

    test('a body that drips is timeout at the deadline', async () => {
      const url = await serve((response) => {
        response.writeHead(200, json)
        const drip = setInterval(() => response.write(' '), 20)
        response.on('close', () => clearInterval(drip))
      })
      expect(await outcomeOf(url)).toBe('timeout')
    })

    test('no reply is timeout at the deadline', async () => {
      expect(await outcomeOf(await serve(() => undefined))).toBe('timeout')
    })

    test('a connection whose other side is gone is timeout at the deadline', async () => {
      const sockets = new Set<{ destroy(): unknown }>()
      const server = createTcpServer((socket) => void sockets.add(socket.on('error', () => undefined).pause()))
      const { port } = await listen(server)
      stops.push(() => {
        for (const socket of sockets) socket.destroy()
        return new Promise((resolve) => server.close(resolve))
      })
      expect(await outcomeOf(`http://127.0.0.1:${port}`)).toBe('timeout')
    })

    test('a connection that is cut is upstream', async () => {
      expect(await outcomeOf(await serve((response) => void response.socket?.destroy()))).toBe('upstream')
    })

    test('a certificate that nobody trusts is upstream', async () => {
      expect(await outcomeOf(await serve(send(200, json, bodies.value), true))).toBe('upstream')
    })

    test('TLS where there is none is upstream', async () => {
      const url = await serve(send(200, json, bodies.value))
      expect(await outcomeOf(url.replace('http:', 'https:'))).toBe('upstream')
    })
  })

  describe(`${conforming.kind}: a caller who leaves`, () => {
    test('gets timeout at once, and the connection is given up', async () => {
      let openNow = 0
      const url = await serve((response) => {
        openNow += 1
        response.on('close', () => (openNow -= 1))
      })
      const leaving = new AbortController()
      const asking = ask(url, leaving.signal)
      await vi.waitFor(() => expect(openNow).toBeGreaterThan(0))
      leaving.abort()
      const leftAt = performance.now()
      expect(await asking).toMatchObject({ outcome: 'timeout' })
      expect(performance.now() - leftAt).toBeLessThan(500)
      await vi.waitFor(() => expect(openNow).toBe(0))
    })

    test('before anything was asked gets an outcome, too', async () => {
      const url = await serve(send(200, json, bodies.value))
      expect(missingOutcomes).toContain((await ask(url, AbortSignal.abort())).outcome)
    })

    test('gets the health of a system that is well, and of one that is not', async () => {
      const { signal } = new AbortController()
      const well = await open(await serve(send(200, json, bodies.value)))
      expect(await well.check(signal)).toMatchObject({ ok: true })
      const refusing = await open(await serve(send(401, {}, `no: ${conformingSecret}`)))
      const refused = await refusing.check(signal)
      expect(refused).toMatchObject({ ok: false, message: expect.stringMatching(/\S+ \S+/) })
      expect(refused.message).not.toContain(conformingSecret)
    })
  })
}
