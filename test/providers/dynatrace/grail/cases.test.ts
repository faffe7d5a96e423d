import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import type { GrailReply, ScriptedReply } from '../../../support/fake-grail.ts'
import { askGrail, dql, openGrail, openWithOAuth, serveGrail } from './asking.ts'
import { grailCases, type GrailCase } from './cases.ts'

/** Scripted exchanges that are not part of this repository. */
const fixtures = resolve(import.meta.dirname, '../../../../../shared/fixtures/grail/cases.json')

function testCase(one: GrailCase): void {
  const { executes, polls = [], tokens = [], deadlineMs = 10_000, options = {}, count = 1 } = one
  test(`with ${one.name}`, async () => {
    const server = await serveGrail({
      executes,
      tokens,
      polls: polls.map((poll) => (poll === 'abort' ? 'hang' : poll)),
    })
    const leaving = new AbortController()
    if (polls.includes('abort')) server.onCall((call) => call.startsWith('poll') && leaving.abort())
    const instance = one.isOAuth === true || tokens.length > 0 ? openWithOAuth(server) : openGrail(server.url)
    const queries = Array.from({ length: count }, () => dql)
    const replies = await askGrail(instance, queries, { deadlineMs, signal: leaving.signal, options })
    expect(replies).toHaveLength(count)
    const { expected, calls } = one
    for (const reply of replies) expect(seen({ ...reply }, expected)).toEqual({ partial: undefined, ...expected })
    const called = () => calls && server.calls.map((call, at) => asExpected(call, calls[at]))
    await vi.waitFor(() => expect(called()).toEqual(calls))
  }, 15_000)
}

/** What was expected of a reply, as far as it is so: of texts a part, of durations no less. */
function seen(reply: Readonly<Record<string, unknown>>, expected: GrailCase['expected']): object {
  const { message, warnings = [], durationMs } = expected
  const all = Object.keys({ partial: undefined, ...expected }).map((key) => [key, reply[key]])
  const told = Array.isArray(reply['warnings'])
    ? reply['warnings'].map((text, at) => asExpected(text, warnings[at]))
    : []
  return {
    ...Object.fromEntries(all),
    ...('message' in expected && { message: asExpected(reply['message'], message) }),
    ...('warnings' in expected && { warnings: told }),
    ...(durationMs !== undefined && Number(reply['durationMs']) >= durationMs && { durationMs }),
  }
}

function asExpected(text: unknown, part: string | undefined): unknown {
  return part !== undefined && String(text).includes(part) ? part : text
}

for (const [of, cases] of Object.entries(grailCases)) {
  describe(`${of}:`, () => {
    for (const one of cases) testCase(one)
  })
}

interface Fixture {
  readonly id: string
  readonly title: string
  readonly options: Readonly<Record<string, unknown>>
  readonly execute: ScriptedReply | readonly ScriptedReply[] | { readonly token: ScriptedReply }
  readonly polls: readonly (GrailReply | 'abort')[]
  readonly expect: {
    readonly status?: string
    readonly value?: number
    readonly messageContains?: string
    readonly attempts?: number
    readonly waitedAtLeastMs?: number
  }
  readonly expectCalls?: readonly string[]
}

/** What the contract calls otherwise: nobody but the caller cancels, and a partial value is a value. */
const outcomes: Readonly<Record<string, string>> = { cancelled: 'timeout' }
const partial = { outcome: 'measured', value: 5, partial: 'unless_key' }

function caseOf({ id, title, options, execute, polls, expect: wanted, expectCalls: calls }: Fixture): GrailCase {
  const refusal = 'token' in execute ? [execute.token] : []
  const executes = 'token' in execute ? [] : 'status' in execute ? [execute] : execute
  const { status = 'measured', value, messageContains, attempts, waitedAtLeastMs } = wanted
  const expected = {
    outcome: outcomes[status] ?? status.replaceAll('-', '_'),
    ...(value !== undefined && { value }),
    ...(messageContains !== undefined && { message: messageContains }),
    ...(attempts !== undefined && { attempts }),
    ...(waitedAtLeastMs !== undefined && { durationMs: waitedAtLeastMs }),
    ...(options['partial'] === 'warn' && { partial: 'allowed' }),
  }
  return {
    name: `${id} ${title}`,
    options,
    executes,
    polls,
    tokens: refusal,
    isOAuth: calls?.includes('token') === true,
    count: calls?.filter((call) => call === 'execute').length === 3 ? 3 : 1,
    deadlineMs: polls.includes('hang') ? 600 : 10_000,
    expected: id === 'G34' ? partial : expected,
    ...(calls !== undefined && { calls }),
  }
}

const recorded: readonly Fixture[] = existsSync(fixtures) ? JSON.parse(readFileSync(fixtures, 'utf8')) : []

describe(`of ${recorded.length} exchanges in the fixtures:`, () => {
  test('all are there, or none is', () => {
    expect([0, 42]).toContain(recorded.length)
  })

  for (const fixture of recorded) testCase(caseOf(fixture))
})
