import { askAndShow, requestFor } from './ask.ts'
import { versions } from './carts/versions.ts'
import type { Evaluation } from './client.ts'
import { hasReason, hasResult, wasComparedWith } from './expectations.ts'
import type { Narrator } from './narrator.ts'
import type { Prometheus } from './prometheus.ts'
import type { Scene } from './scene.ts'

const lastGood = 'the last good one, that of chapter 3'

/** Prometheus is away, then back. Answers the evaluation after that. */
export async function outage(
  scene: Scene,
  prometheus: Prometheus,
  narrator: Narrator,
  fixed: Evaluation,
): Promise<Evaluation> {
  narrator.chapter(
    '4  Prometheus is stopped',
    'The same 0.3 must not pass now: nobody could measure it. Pharos says why.',
  )
  await prometheus.stop()
  await askUnmeasured(scene, narrator)
  narrator.chapter(
    '5  Prometheus is back',
    'It passes again, and the outage erased nothing: the baseline is the last good one.',
  )
  await prometheus.start()
  return askRecovered(scene, narrator, fixed)
}

/** The same without a Prometheus: nobody pushes values, then somebody does. */
export async function withoutValues(scene: Scene, narrator: Narrator, fixed: Evaluation): Promise<Evaluation> {
  narrator.chapter(
    '4  Nobody pushes values',
    'Pharos then asks Prometheus, which is not there. The same 0.3 must not pass: nobody could measure it. Pharos says why.',
  )
  await askUnmeasured(scene, narrator)
  narrator.chapter('5  Values again', 'It passes again, and the gap erased nothing: the baseline is the last good one.')
  return askRecovered(scene, narrator, fixed)
}

async function askUnmeasured(scene: Scene, narrator: Narrator): Promise<void> {
  const { window, labels } = requestFor(scene, versions.fixed)
  const { evaluation } = await askAndShow(scene, narrator, { window, labels })
  narrator.check([
    hasResult(evaluation, 'fail'),
    { told: 'there is no score, because it is no judgement of 0.3', expected: null, got: evaluation.score },
    hasReason(evaluation, 'not_measured', 'it says what was not measured, and why'),
  ])
}

async function askRecovered(scene: Scene, narrator: Narrator, fixed: Evaluation): Promise<Evaluation> {
  const { evaluation } = await askAndShow(scene, narrator, requestFor(scene, versions.fixed))
  narrator.check([hasResult(evaluation, 'pass'), wasComparedWith(evaluation, fixed, lastGood)])
  return evaluation
}
