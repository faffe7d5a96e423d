import { createServer, type ServerResponse } from 'node:http'
import { afterEach, expect, test, vi } from 'vitest'
import { budgetOf, HttpClient, type HttpAnswer } from '../../providers/http/http.ts'
import { createTurn, type TurnSettings } from '../../providers/http/turn.ts'
import { listen } from '../support/listen.ts'

const stops: (() => Promise<unknown>)[] = []
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()))
})

/** A server with one slot for it, whose replies the test gives. */
async function serve() {
  const asked: { readonly path: string; readonly reply: (status: number, retryAfter?: string) => void }[] = []
  const server = createServer((request, response: ServerResponse) => {
    const reply = (status: number, retryAfter?: string): void => {
      response.writeHead(status, retryAfter === undefined ? {} : { 'retry-after': retryAfter }).end()
    }
    asked.push({ path: request.url ?? '', reply })
  })
  const baseUrl = `http://127.0.0.1:${(await listen(server)).port}`
  const known = { endpoint: baseUrl, credentials: undefined, notFoundCure: '' }
  const client = new HttpClient({ baseUrl, concurrency: 1, timeoutMs: undefined, asked: known, random: () => 0 })
  stops.push(async () => {
    await client.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const ask = (path: string, settings: Partial<TurnSettings> = {}) => {
    const turn = createTurn({ project: 'shop', timeMs: 60_000, queueMs: 60_000, ...settings })
    const leaving = new AbortController()
    const budget = budgetOf({ signal: leaving.signal, deadline: new Date(Date.now() + 10), turn })
    const answer: Promise<HttpAnswer> = client.send(() => ({ method: 'GET', path, headers: {} }), budget)
    stops.push(async () => turn.end())
    return { turn, budget, answer, leave: () => leaving.abort(new Error('left')) }
  }
  const paths = () => asked.map(({ path }) => path)
  const isAsked = (path: string) => vi.waitFor(() => expect(paths()).toContain(path))
  return { ask, asked, paths, isAsked }
}

test('a call that waits in vain was never asked, and says for how long it waited', async () => {
  const { ask, paths, isAsked } = await serve()
  ask('/hangs')
  await isAsked('/hangs')
  expect(await ask('/late', { queueMs: 20 }).answer).toEqual({
    kind: 'failed',
    answer: {
      outcome: 'timeout',
      message: expect.stringMatching(/^the provider was never queried: the evaluation waited 0\.\d s for a free slot/),
      warnings: [],
    },
    attempts: 0,
  })
  expect(paths()).toEqual(['/hangs'])
})

test('a call that leaves while waiting is never asked, and does not hold up those behind it', async () => {
  const { ask, asked, paths, isAsked } = await serve()
  ask('/first')
  await isAsked('/first')
  const left = ask('/left')
  const last = ask('/last')
  left.leave()
  await left.answer
  asked[0]?.reply(200)
  await isAsked('/last')
  expect(paths()).toEqual(['/first', '/last'])
  expect([left.turn.hasBegun, last.turn.hasBegun]).toEqual([false, true])
})

test('the time of a call that waited starts with its slot, and may pass its first deadline', async () => {
  const { ask, asked, isAsked } = await serve()
  ask('/first')
  await isAsked('/first')
  const next = ask('/next', { timeMs: 30_000 })
  asked[0]?.reply(200)
  await isAsked('/next')
  expect(next.budget.deadline.getTime()).toBeGreaterThan(Date.now() + 20_000)
  asked[1]?.reply(200)
  expect(await next.answer).toMatchObject({ kind: 'replied', reply: { status: 200 } })
})

test('a slot does not start the time of a call while the server asks to wait', async () => {
  const { ask, asked, paths, isAsked } = await serve()
  ask('/first')
  await isAsked('/first')
  const next = ask('/next')
  asked[0]?.reply(429, '1')
  await vi.waitFor(() => expect(paths()).toHaveLength(2), { timeout: 5_000 })
  expect(next.turn.hasBegun).toBe(paths()[1] === '/next')
  asked[1]?.reply(200)
  await vi.waitFor(() => expect(paths().toSorted()).toEqual(['/first', '/first', '/next']), { timeout: 5_000 })
  asked[2]?.reply(200)
  expect(await next.answer).toMatchObject({ kind: 'replied', reply: { status: 200 }, attempts: 1 })
})
