import type { GrailReply } from '../../../support/fake-grail.ts'
import { inState, notified, refused, succeeded } from './asking.ts'

interface ExpectedReply {
  readonly outcome: string
  readonly value?: number
  readonly partial?: string
  readonly coverage?: object
  readonly attempts?: number
  /** A part of it, and so are warnings. */
  readonly message?: string
  readonly warnings?: readonly string[]
  /** No less. */
  readonly durationMs?: number
}

/** An exchange with Grail, and what must come of it. */
export interface GrailCase {
  readonly name: string
  readonly executes: readonly GrailReply[]
  readonly polls?: readonly (GrailReply | 'abort')[]
  /** The sign-on's replies; with any, or with `isOAuth`, tokens are asked for. */
  readonly tokens?: readonly GrailReply[]
  readonly isOAuth?: boolean
  readonly options?: Readonly<Record<string, unknown>>
  readonly deadlineMs?: number
  /** Asks for so many indicators at once; 1 without it. */
  readonly count?: number
  readonly expected: ExpectedReply
  /** All of them, each a part. */
  readonly calls?: readonly string[]
}

const double = { v: 'double' }
const good = succeeded([{ v: 20.5 }], double)
const long = { v: 'long' }
const running = inState('RUNNING', 202)
const points = { type: 'array', types: [{ indexRange: [0, 2], mappings: { element: { type: 'double' } } }] }

/** As DQL answers a timeseries command. */
function timeseries(values: readonly (number | null)[]): GrailReply {
  const record = {
    timeframe: { start: '2023-08-23T11:00:00.000000000Z', end: '2023-08-23T14:00:00.000000000Z' },
    interval: '3600000000000',
    'avg(dt.host.cpu.usage)': values,
  }
  return succeeded([record], { timeframe: 'timeframe', interval: 'duration', 'avg(dt.host.cpu.usage)': points })
}

const three = timeseries([20.44886593058413, 20.43724084597563, 20.417480020188446])
const measured = (value: number) => ({ outcome: 'measured', value, warnings: [] })
const scanLimit = notified(
  'WARNING',
  'SCAN_LIMIT_GBYTES',
  'Your execution was stopped after 500 gigabytes were scanned.',
)
const five = (metadata: object) => [succeeded([{ v: 5 }], double, metadata)]
const page = (status: number, headers: Readonly<Record<string, string>>, body: string): GrailReply => ({
  status,
  headers,
  body,
})

const states: readonly GrailCase[] = [
  { name: 'finished at once', executes: [good], expected: { ...measured(20.5), attempts: 1 }, calls: ['execute'] },
  {
    name: 'running, then finished; the token is encoded',
    executes: [running],
    polls: [good],
    expected: { ...measured(20.5), attempts: 2 },
    calls: ['execute', 'poll request-token=tok%2B%2F%3D%26'],
  },
  {
    name: 'not started, running, finished',
    executes: [inState('NOT_STARTED', 202)],
    polls: [inState('RUNNING'), good],
    expected: measured(20.5),
  },
  { name: 'running with a 200', executes: [inState('RUNNING')], polls: [good], expected: measured(20.5) },
  {
    name: 'not started on a poll',
    executes: [running],
    polls: [inState('NOT_STARTED'), good],
    expected: measured(20.5),
  },
  ...['FAILED', 'CANCELLED', 'RESULT_GONE'].flatMap((state): readonly GrailCase[] => {
    const expected = { outcome: 'upstream', message: `the query ended as ${state}` }
    return [
      { name: `${state} at once`, executes: [inState(state)], expected, calls: ['execute'] },
      {
        name: `${state} on a poll`,
        executes: [running],
        polls: [inState(state)],
        expected,
        calls: ['execute', 'poll'],
      },
    ]
  }),
  {
    name: 'gone on a poll',
    executes: [running],
    polls: [refused(410, 'Query result gone.')],
    expected: { outcome: 'upstream', message: '410' },
  },
  {
    name: 'a state that is none',
    executes: [{ status: 200, body: { state: 'DREAMING' } }],
    expected: { outcome: 'upstream', message: 'malformed reply' },
  },
  {
    name: 'running without a token',
    executes: [{ status: 202, body: { state: 'RUNNING' } }],
    expected: { outcome: 'upstream', message: 'has no request token' },
  },
  {
    name: 'the deadline while it runs, which cancels it',
    executes: [running],
    polls: ['hang'],
    deadlineMs: 600,
    expected: { outcome: 'timeout', message: 'timed out' },
    calls: ['execute', 'poll', 'cancel request-token=tok%2B%2F%3D%26'],
  },
  {
    name: 'a caller who leaves while it runs, which cancels it',
    executes: [running],
    polls: ['abort'],
    expected: { outcome: 'timeout', message: 'cancelled' },
    calls: ['execute', 'poll', 'cancel'],
  },
]

const values: readonly GrailCase[] = [
  {
    name: 'a long is a text',
    executes: [succeeded([{ 'count()': '194414758' }], { 'count()': 'long' })],
    expected: measured(194414758),
  },
  { name: 'a long zero', executes: [succeeded([{ v: '0' }], long)], expected: measured(0) },
  {
    name: 'a long of too many digits',
    executes: [succeeded([{ v: '9007199254740993' }], long)],
    expected: { outcome: 'measured', value: 9007199254740992, warnings: ['9007199254740993 has too many digits'] },
  },
  {
    name: 'a duration',
    executes: [succeeded([{ d: '1500000000' }], { d: 'duration' })],
    expected: measured(1500000000),
  },
  {
    name: 'a number goes before a duration',
    executes: [succeeded([{ d: '15', v: 3 }], { d: 'duration', v: 'double' })],
    expected: measured(3),
  },
  { name: 'points', executes: [three], expected: { outcome: 'ambiguous', message: '3 points' } },
  { name: 'points, the last', executes: [three], options: { reduce: 'last' }, expected: measured(20.417480020188446) },
  {
    name: 'points, their average',
    executes: [three],
    options: { reduce: 'avg' },
    expected: measured(20.434528932249403),
  },
  {
    name: 'nulls are no points',
    executes: [timeseries([null, 10, null, 20])],
    options: { reduce: 'avg' },
    expected: measured(15),
  },
  {
    name: 'more nulls than points',
    executes: [timeseries([null, 10, null])],
    options: { reduce: 'avg' },
    expected: { ...measured(10), coverage: { found: 1, nan: 0, expected: 3, isEnough: false } },
  },
  {
    name: 'more nulls than points where that is enough',
    executes: [timeseries([null, 10, null])],
    options: { reduce: 'avg', minCoverage: '30%' },
    expected: { ...measured(10), coverage: { found: 1, nan: 0, expected: 3, isEnough: true } },
  },
  {
    name: 'the deviation of one point',
    executes: [timeseries([null, 10])],
    options: { reduce: 'stddev' },
    expected: { outcome: 'no_data', message: 'stddev needs at least 2 values' },
  },
  { name: 'one point', executes: [timeseries([null, 7.25, null])], expected: measured(7.25) },
  {
    name: 'all points null',
    executes: [timeseries([null, null])],
    expected: { outcome: 'no_data', message: 'no data' },
  },
  { name: 'no record', executes: [succeeded([])], expected: { outcome: 'no_data', message: 'no data' } },
  { name: 'a null record', executes: [succeeded([null])], expected: { outcome: 'no_data', message: 'no data' } },
  {
    name: 'two records',
    executes: [succeeded([{ v: 1 }, { v: 2 }], double)],
    expected: { outcome: 'ambiguous', message: '2 records or more' },
  },
  {
    name: 'two fields',
    executes: [succeeded([{ a: 1, b: 2 }], { a: 'double', b: 'double' })],
    expected: { outcome: 'ambiguous', message: 'a, b' },
  },
  {
    name: 'the one of two fields',
    executes: [succeeded([{ a: 1, b: 2 }], { a: 'double', b: 'double' })],
    options: { field: 'b' },
    expected: measured(2),
  },
  {
    name: 'a field that is none',
    executes: [succeeded([{ a: 1 }], { a: 'double' })],
    options: { field: 'b' },
    expected: { outcome: 'bad_query', message: 'no field "b"' },
  },
  {
    name: 'a field that is a text',
    executes: [succeeded([{ a: 1, b: 'x' }], { a: 'double', b: 'string' })],
    options: { field: 'b' },
    expected: { outcome: 'bad_query', message: 'is not numeric' },
  },
  {
    name: 'texts only',
    executes: [succeeded([{ status: 'ok' }], { status: 'string' })],
    expected: { outcome: 'bad_query', message: 'no numeric field: status' },
  },
  {
    name: 'a null',
    executes: [succeeded([{ v: null }], double)],
    expected: { outcome: 'no_data', message: 'v is null' },
  },
  {
    name: 'a null of no type',
    executes: [succeeded([{ v: null }], { v: 'undefined' })],
    expected: { outcome: 'no_data', message: 'v is null' },
  },
  { name: 'no types at all', executes: [succeeded([{ v: '12', s: 'x', n: null }])], expected: measured(12) },
  {
    name: 'a text of digits is no number when its type says so',
    executes: [succeeded([{ id: '12' }], { id: 'string' })],
    expected: { outcome: 'bad_query', message: 'no numeric field' },
  },
  {
    name: 'NaN',
    executes: [succeeded([{ v: 'NaN' }], double)],
    expected: { outcome: 'invalid_value', message: 'v is "NaN"' },
  },
]

const notifications: readonly GrailCase[] = [
  {
    name: 'a permission that is missing is no zero',
    executes: [
      succeeded(
        [{ r: 0 }],
        { r: 'double' },
        notified('WARNING', 'MISSING_BUCKET_PERMISSIONS', 'No bucket permissions for table metrics.'),
      ),
    ],
    expected: { outcome: 'unauthorized', message: 'No bucket permissions' },
  },
  {
    name: 'a permission that is missing is not nothing either',
    executes: [succeeded([], {}, notified('WARNING', 'MISSING_BUCKET_PERMISSIONS', 'No bucket permissions.'))],
    expected: { outcome: 'unauthorized', message: 'storage:buckets:read' },
  },
  {
    name: 'a scan limit',
    executes: five(scanLimit),
    expected: {
      outcome: 'measured',
      value: 5,
      partial: 'unless_key',
      warnings: ['partial data: Your execution'],
    },
  },
  {
    name: 'a scan limit that may be',
    executes: five(scanLimit),
    options: { partial: 'warn' },
    expected: { outcome: 'measured', value: 5, partial: 'allowed', warnings: ['partial data'] },
  },
  {
    name: 'a scan limit that may not be',
    executes: five(scanLimit),
    options: { partial: 'error' },
    expected: { outcome: 'upstream', message: 'partial data' },
  },
  {
    name: 'a sample',
    executes: five({ grail: { sampled: true, notifications: [] } }),
    expected: { outcome: 'measured', value: 5, partial: 'unless_key', warnings: ['a sample'] },
  },
  {
    name: 'several records count before the limit they reach',
    executes: [
      succeeded([{ v: 1 }, { v: 2 }], double, notified('WARNING', 'RESULT_RECORD_LIMIT', 'Limited to 2 records.')),
    ],
    expected: { outcome: 'ambiguous', message: '2 records' },
  },
  {
    name: 'a limit that was added',
    executes: five(notified('INFO', 'LIMIT_ADDED', 'Added a limit.')),
    expected: measured(5),
  },
  {
    name: 'a warning of another kind',
    executes: five(notified('WARN', 'IMPLICIT_CONVERSION', 'It was converted.')),
    expected: { outcome: 'measured', value: 5, warnings: ['It was converted.'] },
  },
  {
    name: 'an error',
    executes: five(notified('ERROR', 'X', 'It broke.')),
    expected: { outcome: 'upstream', message: 'It broke.' },
  },
]

const syntax = {
  errorType: 'PARSE_ERROR',
  syntaxErrorPosition: { start: { column: 12, index: 11, line: 1 }, end: { column: 19, index: 18, line: 1 } },
}

const refusals: readonly GrailCase[] = [
  {
    name: 'a mistake in the query',
    executes: [refused(400, "'contains' isn't allowed here.", {}, syntax)],
    expected: {
      outcome: 'bad_query',
      message: "DQL error at line 1, column 12: 'contains' isn't allowed here. (PARSE_ERROR)",
    },
    calls: ['execute'],
  },
  {
    name: 'a missing scope',
    executes: [refused(403, 'Insufficient scope', {}, { missingScopes: ['storage:metrics:read'] })],
    expected: { outcome: 'unauthorized', message: 'storage:metrics:read' },
    calls: ['execute'],
  },
  {
    name: 'a token that is refused is renewed once',
    isOAuth: true,
    executes: [refused(401, 'Unauthorized'), good],
    expected: measured(20.5),
    calls: ['token', 'execute', 'token', 'execute'],
  },
  {
    name: 'a token that is refused again',
    isOAuth: true,
    executes: [refused(401, 'Unauthorized'), refused(401, 'Unauthorized')],
    expected: { outcome: 'unauthorized', message: '401' },
    calls: ['token', 'execute', 'token', 'execute'],
  },
  {
    name: 'a platform token that is refused is not sent again',
    executes: [refused(401, 'Unauthorized')],
    expected: { outcome: 'unauthorized', message: 'token env:DT_PLATFORM' },
    calls: ['execute'],
  },
  {
    name: 'too many requests, then fewer',
    executes: [refused(429, 'Too many requests', { retryAfterSeconds: 1 }), good],
    expected: { ...measured(20.5), attempts: 2, durationMs: 1000 },
  },
  {
    name: 'too many requests for longer than there is time',
    executes: [refused(429, 'Too many requests', { retryAfterSeconds: 600 })],
    expected: { outcome: 'rate_limited', message: '600' },
    calls: ['execute'],
  },
  {
    name: 'a bad gateway, then a good one',
    executes: [page(502, { 'content-type': 'text/html' }, '<html>bad gateway</html>'), good],
    expected: { ...measured(20.5), attempts: 2 },
  },
  {
    name: 'a bad gateway between polls',
    executes: [running],
    polls: [page(502, { 'content-type': 'text/html' }, '<html>bad gateway</html>'), good],
    expected: { ...measured(20.5), attempts: 3 },
  },
  {
    name: 'a login page',
    executes: [page(200, { 'content-type': 'text/html' }, '<html>login</html>')],
    expected: { outcome: 'upstream', message: 'text/html' },
  },
  {
    name: 'the way to a login page',
    executes: [page(302, { location: 'https://sso.example/login' }, '')],
    expected: { outcome: 'unauthorized', message: 'redirect' },
  },
  {
    name: 'no content type',
    executes: [page(410, { 'content-type': '' }, '')],
    expected: { outcome: 'upstream', message: '410' },
  },
  {
    name: 'a client that is refused, which is not kept',
    executes: [],
    tokens: [{ status: 400, body: { error: 'invalid_client', error_description: 'x' } }],
    expected: { outcome: 'unauthorized', message: 'invalid_client' },
    calls: ['token'],
  },
  {
    name: 'a sign-on without a token',
    executes: [],
    tokens: [{ status: 200, body: { token_type: 'Bearer' } }],
    expected: { outcome: 'upstream', message: 'it contains no token' },
    calls: ['token'],
  },
  {
    name: 'three that ask at once with one token',
    isOAuth: true,
    count: 3,
    executes: [good, good, good],
    expected: measured(20.5),
    calls: ['token', 'execute', 'execute', 'execute'],
  },
]

export const grailCases = { states, values, notifications, refusals }
