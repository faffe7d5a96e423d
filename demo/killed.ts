import { setTimeout as after } from 'node:timers/promises'
import { requestFor, show, windowMs } from './ask.ts'
import { versions } from './carts/versions.ts'
import { getEvaluation, postEvaluation, type Evaluation, type EvaluationRequest } from './client.ts'
import { hasResult, wasComparedWith } from './expectations.ts'
import type { Narrator } from './narrator.ts'
import type { Prometheus } from './prometheus.ts'
import type { Scene } from './scene.ts'
import { waitFor } from './wait.ts'

const runningLimitMs = 10_000
const endLimitMs = 40_000
/** A second announcement would be under way by then. */
const strayMs = 1_000
/** How far in the future the window of the queued evaluation ends. */
const aheadMs = 4_000

/** Pharos dies in the middle of a measurement; Prometheus is paused meanwhile, so that there is a middle. */
export async function killedWhileMeasuring(
  scene: Scene,
  prometheus: Prometheus,
  narrator: Narrator,
  earlier: Evaluation,
): Promise<void> {
  narrator.chapter(
    '6  Pharos is killed in the middle of a measurement',
    'Prometheus is paused, an evaluation runs and waits for it, and Pharos gets SIGKILL. Started again, it must finish the same evaluation and announce it under one event id.',
  )
  await prometheus.pause()
  const accepted = await acceptAndKill(scene, narrator, requestFor(scene, versions.fixed), 'running')
  prometheus.resume()
  narrator.say('Prometheus goes on.')
  await showSurvivor(scene, narrator, accepted, earlier)
}

/** Pushed values are there at once, so Pharos dies while the evaluation waits for the end of its window. */
export async function killedWhileQueued(scene: Scene, narrator: Narrator, earlier: Evaluation): Promise<void> {
  narrator.chapter(
    '6  Pharos is killed while an evaluation is waiting',
    'Its window ends in a few seconds, so it is queued until then, and Pharos gets SIGKILL. Started again, it must finish the same evaluation and announce it under one event id.',
  )
  const end = Date.now() + aheadMs
  const window = { start: new Date(end - windowMs).toISOString(), end: new Date(end).toISOString() }
  const accepted = await acceptAndKill(scene, narrator, { ...requestFor(scene, versions.fixed), window }, 'queued')
  await showSurvivor(scene, narrator, accepted, earlier)
}

async function acceptAndKill(
  { pharos }: Scene,
  narrator: Narrator,
  request: EvaluationRequest,
  state: 'queued' | 'running',
): Promise<Evaluation> {
  const { id } = await postEvaluation(pharos.url, request, 0)
  const accepted = await waitFor(`evaluation ${id} is ${state}`, runningLimitMs, async () => {
    const evaluation = await getEvaluation(pharos.url, id, 0)
    return evaluation.state === state ? evaluation : undefined
  })
  narrator.say(`Evaluation ${id} is ${state}. SIGKILL.`)
  await pharos.kill()
  await pharos.start()
  narrator.say('Pharos is up again, on the same data.')
  return accepted
}

async function showSurvivor(
  scene: Scene,
  narrator: Narrator,
  accepted: Evaluation,
  earlier: Evaluation,
): Promise<void> {
  const ended = await waitFor(`evaluation ${accepted.id} ends`, endLimitMs, async () => {
    const evaluation = await getEvaluation(scene.pharos.url, accepted.id, 5)
    return evaluation.finishedAt === null ? undefined : evaluation
  })
  const { event } = await show(scene, narrator, ended)
  await after(strayMs)
  const eventIds = new Set(scene.receiver.finished(ended.id).map(({ id }) => id))
  narrator.check([
    { told: 'it is the same evaluation', expected: accepted.id, got: ended.id },
    hasResult(ended, 'pass'),
    wasComparedWith(ended, earlier, 'the last good one, that of chapter 5'),
    { told: 'it was announced under one event id', expected: [event.id], got: [...eventIds] },
  ])
}
