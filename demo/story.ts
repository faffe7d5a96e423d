import { setTimeout as after } from 'node:timers/promises'
import { askAndShow, requestFor, windowMs } from './ask.ts'
import { versions } from './carts/versions.ts'
import type { Evaluation } from './client.ts'
import { hasReason, hasResult, wasComparedWith } from './expectations.ts'
import { killedWhileMeasuring, killedWhileQueued } from './killed.ts'
import type { Narrator } from './narrator.ts'
import { outage, withoutValues } from './outage.ts'
import type { Scene } from './scene.ts'

/** So long after everything is measured a window of a minute holds nothing but measurements. */
export const measuringMs = windowMs + 1_500

const progressMs = 500

/** Tells the whole story; the narrator counts what does not come out as told. Rejects when something breaks altogether. */
export async function tellStory(scene: Scene, narrator: Narrator, measureForMs: number): Promise<void> {
  await measureFor(scene, narrator, measureForMs)
  const healthy = await judgeHealthy(scene, narrator)
  const broken = await judgeBroken(scene, narrator, healthy)
  const fixed = await judgeFixed(scene, narrator, healthy, broken)
  if (scene.prometheus === undefined) {
    const recovered = await withoutValues(scene, narrator, fixed)
    await killedWhileQueued(scene, narrator, recovered)
    return
  }
  const recovered = await outage(scene, scene.prometheus, narrator, fixed)
  await killedWhileMeasuring(scene, scene.prometheus, narrator, recovered)
}

async function measureFor(scene: Scene, narrator: Narrator, measureForMs: number): Promise<void> {
  const progress = narrator.progress()
  const end = scene.measuredSince + measureForMs
  for (;;) {
    const left = Math.max(0, end - Date.now())
    const counts = scene.carts.map(({ version }) => `${version}: ${scene.load.requests(version)}`)
    progress.show(`  measuring, ${Math.ceil(left / 1000)} s left   requests to ${counts.join(', ')}`)
    if (left === 0) break
    await after(Math.min(left, progressMs))
  }
  progress.end()
}

async function judgeHealthy(scene: Scene, narrator: Narrator): Promise<Evaluation> {
  narrator.chapter(
    '1  carts 0.1, healthy',
    'It must pass. Nothing earlier is there to compare with, so "at most 10 % slower" counts as met, and Pharos says so.',
  )
  const { evaluation } = await askAndShow(scene, narrator, requestFor(scene, versions.healthy))
  narrator.check([
    hasResult(evaluation, 'pass'),
    hasReason(evaluation, 'no_baseline', 'it says that there was no baseline'),
  ])
  return evaluation
}

async function judgeBroken(scene: Scene, narrator: Narrator, healthy: Evaluation): Promise<Evaluation> {
  narrator.chapter(
    '2  carts 0.2, slower and erring',
    'It must fail: by a relative objective, more than 10 % slower than 0.1, and by a key objective, its errors.',
  )
  const { evaluation } = await askAndShow(scene, narrator, requestFor(scene, versions.broken))
  const slow = indicator(evaluation, 'response_time_p95')
  const erring = indicator(evaluation, 'error_rate')
  narrator.check([
    hasResult(evaluation, 'fail'),
    wasComparedWith(evaluation, healthy, '0.1'),
    {
      told: 'response_time_p95 missed <=+10%, and only that',
      expected: ['fail', ['<=+10%']],
      got: [slow?.status, slow?.passTargets.filter(({ violated }) => violated).map(({ criteria }) => criteria)],
    },
    {
      told: 'the key objective error_rate failed',
      expected: ['fail', true],
      got: [erring?.status, erring?.keySli],
    },
  ])
  return evaluation
}

async function judgeFixed(
  scene: Scene,
  narrator: Narrator,
  healthy: Evaluation,
  broken: Evaluation,
): Promise<Evaluation> {
  narrator.chapter(
    '3  carts 0.3, fixed',
    'It must pass, compared with 0.1: the failed 0.2 is no measure, and Pharos says that it was skipped.',
  )
  const { evaluation } = await askAndShow(scene, narrator, requestFor(scene, versions.fixed))
  narrator.check([
    hasResult(evaluation, 'pass'),
    wasComparedWith(evaluation, healthy, '0.1'),
    {
      told: 'a warning says that 0.2 was skipped',
      expected: [broken.id],
      got: evaluation.warnings.flatMap((warning) =>
        warning.code === 'evaluation_skipped' ? [warning['evaluation']] : [],
      ),
    },
  ])
  return evaluation
}

function indicator(evaluation: Evaluation, metric: string): Evaluation['indicatorResults'][number] | undefined {
  return evaluation.indicatorResults.find((candidate) => candidate.metric === metric)
}
