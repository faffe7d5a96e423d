import { z } from 'zod'
import type { Command, Parsed } from '../command.ts'
import { nameOf, readText } from '../files.ts'
import { readPushed } from '../inputs.ts'
import { failsOnWarning, warningOption } from './judge.ts'
import { parseDuration } from '../../base/duration.ts'
import { exitCodeOf, type Report } from '../report/report.ts'
import { outputOption, outputsOf, write } from '../report/outputs.ts'
import { keyOf } from '../run-id.ts'
import { Standing, standingOf, Target, TotalScore } from '../standing.ts'
import { serviceOptions, servicePath } from '../service.ts'
import { serverOf, serverOptions, type Request, type Server } from '../server.ts'
import { CommandError, exitCodes, usageError, type Terminal } from '../terminal.ts'
import { labelsOf, windowOf, windowOptions } from '../window.ts'

/** So long one request waits for the end. */
const waitSecondsMax = 30
/** How much longer than it waits a server may be away at the beginning. */
const reachMs = 60_000

const Evaluation = z.looseObject({
  id: z.string(),
  project: z.string(),
  stage: z.string(),
  service: z.string(),
  state: z.enum(['queued', 'running', 'succeeded', 'errored', 'aborted']),
  result: z.enum(['pass', 'warning', 'fail']).nullable(),
  score: z.number().nullable(),
  acceptedAt: z.string(),
  ...Standing.shape,
  slo: z.looseObject({ totalScore: TotalScore, inline: z.boolean().nullish() }).nullable(),
  reasons: z.array(z.looseObject({ code: z.string(), message: z.string() })),
  warnings: z.array(z.looseObject({ code: z.string(), message: z.string() })),
  indicatorResults: z.array(
    z.looseObject({
      metric: z.string(),
      displayName: z.string(),
      status: z.enum(['pass', 'warning', 'fail', 'info']),
      score: z.number(),
      weight: z.number(),
      keySli: z.boolean(),
      value: z.number().nullable(),
      comparedValue: z.number().nullable(),
      outcome: z.string(),
      message: z.string(),
      passTargets: z.array(Target),
      warningTargets: z.array(Target),
    }),
  ),
  explanation: z.looseObject({ text: z.string() }).nullish(),
})
type Evaluation = z.infer<typeof Evaluation>

interface WithReuse extends Evaluation {
  /** When the reused evaluation of another run was accepted; null if the evaluation is new. */
  readonly reusedFrom: string | null
}

export const evaluateCommand: Command = {
  name: 'evaluate',
  summary: 'Start an evaluation on a server, wait for it, and exit with its result.',
  options: {
    ...serviceOptions,
    ...windowOptions,
    slo: { value: 'FILE', text: "this SLO instead of the server's" },
    indicators: { value: 'FILE', text: 'JSON with values that were measured elsewhere; - is standard input' },
    wait: { value: '10m', text: 'how long to wait for the result (10m)' },
    key: { value: 'TEXT', text: 'an idempotency key: an evaluation started with the same key is reused' },
    ...serverOptions,
    output: outputOption,
    warning: warningOption,
  },
  examples: [
    'pharos evaluate --project shop --stage staging --service carts --window 15m --label buildId=17',
    'pharos evaluate --project shop --stage staging --service carts --slo slo.yaml --indicators values.json --output text --output junit=gate.xml',
    'pharos evaluate --project shop --stage staging --service carts --start 2026-01-02T03:00:00Z --end 2026-01-02T03:05:00Z --wait 2m --warning fail',
  ],
  run: async (parsed, terminal) => {
    const outputs = outputsOf(parsed)
    const isStrict = failsOnWarning(parsed)
    const waitMs = waitOf(parsed)
    checkKey(parsed.one('key'))
    const server = serverOf(parsed, terminal)
    const request = await requestOf(parsed, terminal)
    const begun = terminal.now().getTime()
    const until = new Date(begun + waitMs)
    const accepted = await accept(server, request, new Date(begun + Math.min(reachMs, waitMs)))
    const { id, state, reusedFrom } = accepted
    terminal.say(`evaluation ${id} is ${state}${reusedFrom === null ? '' : `, reused from ${reusedFrom}`}`)
    const ended = await untilEnded(server, id, until, terminal)
    const report = reportOf({ ...ended, reusedFrom }, server)
    await write(report, outputs, terminal)
    // An invalidated evaluation must not open the gate for a run that reuses it.
    return ended.invalidation === null ? exitCodeOf(report, isStrict) : exitCodes.undecided
  },
}

function waitOf(parsed: Parsed): number {
  const text = parsed.one('wait') ?? '10m'
  const waitMs = parseDuration(text)
  if (waitMs === undefined || waitMs <= 0) throw usageError(`--wait must be a duration such as 10m, not ${text}`)
  return waitMs
}

/** What a header can carry, and the server keeps. */
function checkKey(key: string | undefined): void {
  if (key !== undefined && !/^[\x21-\x7e][\x20-\x7e]{0,254}$/.test(key))
    throw usageError(`--key must be 1 to 255 printable ASCII characters, not ${JSON.stringify(key)}`)
}

/** A request for an evaluation. */
interface Wanted extends Request {
  /** Whether an evaluation of another run may answer it. */
  readonly mayBeReused: boolean
}

async function requestOf(parsed: Parsed, terminal: Terminal): Promise<Wanted> {
  const service = servicePath(parsed)
  const slo = parsed.one('slo')
  const values = parsed.one('indicators')
  if (slo === '-' && values === '-') throw usageError('only one file can be standard input')
  const body = {
    ...windowOf(parsed),
    labels: labelsOf(parsed.many('label')),
    ...(slo !== undefined && { slo: await readText(slo, terminal) }),
    ...(values !== undefined && (await readPushed(values, terminal))),
  }
  const path = `${service}/evaluations`
  const named = parsed.one('key')
  const { key, isRandom } = named === undefined ? keyOf(terminal.env, { path, body }) : { key: named, isRandom: false }
  const names = { ...(slo !== undefined && { '/slo': nameOf(slo) }) }
  return { method: 'POST', path, body, headers: { 'idempotency-key': key }, names, mayBeReused: !isRandom }
}

/** Starts an evaluation, or finds the one that was started with the request's key. */
async function accept(server: Server, request: Wanted, until: Date): Promise<WithReuse> {
  const { body, isReplayed } = await server.askWhole(request, until)
  const evaluation = evaluationIn(body, server)
  return { ...evaluation, reusedFrom: isReplayed && request.mayBeReused ? evaluation.acceptedAt : null }
}

function evaluationIn(body: unknown, server: Server): Evaluation {
  const parsedBody = Evaluation.safeParse(body)
  if (parsedBody.success) return parsedBody.data
  throw new CommandError(exitCodes.unreachable, `${server.url} does not answer as Pharos does`)
}

async function untilEnded(server: Server, id: string, until: Date, terminal: Terminal): Promise<Evaluation> {
  let state = ''
  for (;;) {
    const leftSeconds = Math.ceil((until.getTime() - terminal.now().getTime()) / 1000)
    const wait = Math.max(0, Math.min(waitSecondsMax, leftSeconds))
    const path = `/v1/evaluations/${id}?include=explanation`
    const headers = wait === 0 ? {} : { prefer: `wait=${wait}` }
    const evaluation = evaluationIn(await server.ask({ method: 'GET', path, headers }, until), server)
    if (evaluation.result !== null) return evaluation
    if (terminal.now().getTime() >= until.getTime()) {
      throw new CommandError(
        exitCodes.waitedTooLong,
        `evaluation ${id} is still ${evaluation.state}: it goes on, look at ${server.url}/v1/evaluations/${id}`,
      )
    }
    if (evaluation.state !== state)
      terminal.say(`evaluation ${id} is ${evaluation.state}, ${Math.max(0, leftSeconds)} s left`)
    state = evaluation.state
  }
}

function reportOf(evaluation: WithReuse, { url }: Server): Report {
  const { id, project, stage, service, state, score, reasons, warnings, indicatorResults, explanation } = evaluation
  return {
    title: `${project}/${stage}/${service}`,
    state,
    result: evaluation.result ?? 'fail',
    score,
    isInvalidated: evaluation.invalidation !== null,
    totalScore: evaluation.slo?.totalScore,
    standing: [...reuseOf(evaluation), ...standingOf(evaluation)],
    link: `${url}/v1/evaluations/${id}`,
    reasons,
    warnings,
    objectives: indicatorResults.map(({ metric, score: points, keySli, ...rest }) => ({
      ...rest,
      indicator: metric,
      points,
      isKey: keySli,
    })),
    explanation: explanation?.text,
    isExplained: false,
    source: evaluation,
  }
}

function reuseOf({ reusedFrom }: WithReuse): readonly string[] {
  if (reusedFrom === null) return []
  return [`reused from ${reusedFrom}: an earlier run with the same idempotency key started it`]
}
