import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import type { Narrator } from '../narrator.ts'
import { shownNumber } from '../numbers.ts'
import { startPharos, type Pharos } from '../pharos.ts'
import { freePort } from '../port.ts'
import { wrapped } from '../text.ts'
import { waitFor } from '../wait.ts'
import { startMetrics, type Behaviour, type Metrics } from './metrics.ts'
import { decide, isDeployed, stages, type Decision, type Entry, type Stage } from './pipeline.ts'
import { createControlPlane, type ControlPlane } from './plane.ts'

const definitions = fileURLToPath(new URL('definitions', import.meta.url))
const limitMs = 60_000
/** Characters; beside the names of stages it is as wide as the rest of the story. */
const messageWidth = 90

interface Promotion {
  readonly plane: ControlPlane
  readonly pharos: Pharos
  readonly metrics: Metrics
  readonly narrator: Narrator
}

const healthy: Behaviour = { errorRate: 0.2, p95: 210 }

/** What each build is like; every other one is healthy everywhere. */
function behaviour(version: string, stage: Stage): Behaviour {
  if (version === '1.1' && stage === 'staging') return { errorRate: 0.3, p95: 480 }
  if (version === '1.2') return { errorRate: 7, p95: 230 }
  return healthy
}

/** Tells the story of five builds on their way; the narrator counts what does not come out as told. */
export async function tellPromotion(folder: string, narrator: Narrator, scope: AsyncDisposableStack): Promise<void> {
  const promotion = await openPromotion(folder, narrator, scope)
  await healthyBuild(promotion)
  await slowBuild(promotion)
  await brokenBuild(promotion)
  await killedControlPlane(promotion)
  await everythingTwice(promotion)
  await overview(promotion)
}

async function openPromotion(folder: string, narrator: Narrator, scope: AsyncDisposableStack): Promise<Promotion> {
  const metrics = await startMetrics(behaviour)
  scope.defer(() => metrics.close())
  const port = await freePort()
  const setup = { prometheusUrl: metrics.url, sinkUrl: `http://127.0.0.1:${port}/events`, definitions, scope }
  const pharos = await startPharos({ folder: join(folder, 'pharos'), ...setup })
  const plane = createControlPlane({ folder, port, pharosUrl: () => pharos.url, scope })
  await plane.start(false)
  narrator.list([
    ['Pharos', `${pharos.url}   a fresh embedded database`],
    ['plane', `${plane.url}   deploys, sends evaluation.triggered, and reads evaluation.finished`],
    ['metrics', `${metrics.url}   answers like a Prometheus, with made-up values for each build`],
    ['objectives', 'demo/promote/definitions/shop/slo.yaml'],
  ])
  return { plane, pharos, metrics, narrator }
}

async function healthyBuild(promotion: Promotion): Promise<void> {
  promotion.narrator.chapter(
    '1  build 1.0 is healthy',
    'It must be promoted from stage to stage, each time on a finished event that says pass.',
  )
  await promotion.plane.build('1.0')
  await expectPath(promotion, '1.0', ['promoted', 'promoted', 'delivered'])
}

async function slowBuild(promotion: Promotion): Promise<void> {
  promotion.narrator.chapter(
    '2  build 1.1 is slow in staging',
    'Slower than 1.0, but below 600 ms: a warning. It must be held in staging, for a person to decide.',
  )
  await promotion.plane.build('1.1')
  await expectPath(promotion, '1.1', ['promoted', 'held'])
}

async function brokenBuild(promotion: Promotion): Promise<void> {
  promotion.narrator.chapter(
    '3  build 1.2 fails requests',
    'The key objective fails in dev. It must be stopped there, and never reach staging.',
  )
  await promotion.plane.build('1.2')
  await expectPath(promotion, '1.2', ['stopped'])
}

async function killedControlPlane(promotion: Promotion): Promise<void> {
  const { plane, pharos, metrics, narrator } = promotion
  narrator.chapter(
    '4  the control plane is killed while build 1.3 is judged in staging',
    'The answer comes while nobody is there to read it. Started again, the control plane sends its trigger once more, gets that answer, and goes on as if nothing had been.',
  )
  metrics.hold('staging')
  await plane.build('1.3')
  await waitFor('1.3 is measured in staging', limitMs, () => (metrics.isHeld() ? true : undefined))
  await plane.kill()
  narrator.say('The control plane is gone (SIGKILL). Pharos goes on measuring.')
  metrics.release()
  await waitFor('1.3 is judged in staging', limitMs, async () =>
    (await evaluationsOf(pharos, '1.3', 'staging')).length === 1 ? true : undefined,
  )
  narrator.say('Pharos has judged 1.3, and cannot tell. The control plane starts again.')
  await plane.start(false)
  await expectPath(promotion, '1.3', ['promoted', 'promoted', 'delivered'])
}

async function everythingTwice(promotion: Promotion): Promise<void> {
  const { plane, narrator } = promotion
  narrator.chapter(
    '5  everything comes twice',
    'For build 1.4 the control plane sends each trigger three times, and its replies get lost, so that Pharos delivers each answer again. That must change nothing.',
  )
  await plane.kill()
  await plane.start(true)
  await plane.build('1.4')
  await expectPath(promotion, '1.4', ['promoted', 'promoted', 'delivered'])
  const again = await waitFor('every answer was delivered again', limitMs, async () => {
    const { deliveries } = await plane.journal()
    const ids = new Set(deliveries)
    return ids.size >= stages.length && deliveries.length >= 2 * ids.size ? { deliveries, ids } : undefined
  })
  narrator.check([
    {
      told: `its ${again.deliveries.length} deliveries were ${stages.length} events, one for each stage`,
      expected: stages.length,
      got: again.ids.size,
    },
  ])
}

/** Waits until a build goes no further, shows how far it came, and checks that it is as far as told. */
async function expectPath(promotion: Promotion, version: string, expected: readonly Decision[]): Promise<void> {
  const { plane, pharos, narrator } = promotion
  const entries = await waitFor(`build ${version} goes no further`, limitMs, async () => {
    const journal = await plane.journal()
    return isSettled(journal.entries, version) ? journal.entries : undefined
  })
  const path = stages.filter((stage) => isDeployed(entries, version, stage))
  narrator.list(path.flatMap((stage) => describe(entries, version, stage)))
  const counts = await Promise.all(path.map(async (stage) => (await evaluationsOf(pharos, version, stage)).length))
  narrator.check([
    {
      told: `${version} is ${expected.at(-1)} in ${stages[expected.length - 1]}`,
      expected,
      got: path.map((stage) => decide(entries, version, stage)),
    },
    {
      told: 'one trigger in each stage is one evaluation',
      expected: expected.map(() => 1),
      got: counts,
    },
  ])
}

function isSettled(entries: readonly Entry[], version: string): boolean {
  const decisions = stages.map((stage) => decide(entries, version, stage))
  return decisions.some((decision) => decision === 'delivered' || decision === 'held' || decision === 'stopped')
}

const consequences: Readonly<Record<Decision, string>> = {
  waiting: 'waits for its answer',
  promoted: 'promoted',
  delivered: 'delivered',
  held: 'held: a person decides',
  stopped: 'stopped',
}

/** Lines about a build in a stage; why, where it goes no further. */
function describe(entries: readonly Entry[], version: string, stage: Stage): (readonly [string, string])[] {
  const judged = entries
    .filter((entry) => entry.kind === 'judged')
    .find((entry) => entry.version === version && entry.stage === stage)
  if (judged === undefined) return []
  const { result, score, message } = judged
  const told = `${result}, score ${shownNumber(score)}`
  const line = [stage, `${told.padEnd(20)} ${consequences[decide(entries, version, stage)]}`] as const
  return result === 'pass' ? [line] : [line, ...wrapped(message, messageWidth).map((text) => ['', text] as const)]
}

async function overview({ plane, narrator }: Promotion): Promise<void> {
  const { entries } = await plane.journal()
  const inStage = (stage: Stage): string =>
    entries.flatMap((entry) => (entry.kind === 'deployed' && entry.stage === stage ? [entry.version] : [])).join(', ')
  narrator.chapter('What was deployed where', 'Each build once, in the order in which it arrived.')
  narrator.list(stages.map((stage) => [stage, inStage(stage)]))
  narrator.check([
    { told: 'prod has seen healthy builds only', expected: '1.0, 1.3, 1.4', got: inStage('prod') },
    { told: 'staging has not seen the build that failed', expected: '1.0, 1.1, 1.3, 1.4', got: inStage('staging') },
  ])
}

const History = z.object({ items: z.array(z.object({ labels: z.record(z.string(), z.string()) })) })

/** The ended evaluations of a build in a stage. */
async function evaluationsOf({ url }: Pharos, version: string, stage: Stage): Promise<readonly unknown[]> {
  const reply = await fetch(`${url}/v1/projects/shop/stages/${stage}/services/carts/score-history`)
  return History.parse(await reply.json()).items.filter(({ labels }) => labels['version'] === version)
}
