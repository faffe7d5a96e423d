import { indicatorsOf } from './carts/indicators.ts'
import type { CartsVersion } from './carts/versions.ts'
import { postEvaluation, type Evaluation, type EvaluationRequest } from './client.ts'
import type { Narrator } from './narrator.ts'
import type { CloudEvent } from './receiver.ts'
import type { Scene } from './scene.ts'

/** An evaluation that has ended, and the first delivery of its finished event. */
export interface Told {
  readonly evaluation: Evaluation
  readonly event: CloudEvent
}

/** Pharos measures at least a minute; this is the window of every evaluation. */
export const windowMs = 60_000

const waitSeconds = 30

/** What is posted for a version: Prometheus measures the last minute or, without one, the load generator's values are pushed. */
export function requestFor(scene: Scene, { version }: CartsVersion): EvaluationRequest {
  const request = { window: { timeframe: `${windowMs / 1000}s` }, labels: { version } }
  if (scene.prometheus !== undefined) return request
  const observedMs = Math.min(windowMs, Date.now() - scene.measuredSince)
  return { ...request, indicators: indicatorsOf(scene.load.observed(version, observedMs), observedMs) }
}

/** Has a version judged, and shows what came of it. */
export async function askAndShow(scene: Scene, narrator: Narrator, request: EvaluationRequest): Promise<Told> {
  const evaluation = await postEvaluation(scene.pharos.url, request, waitSeconds)
  return show(scene, narrator, evaluation)
}

/** Shows an evaluation that has ended, with its event. */
export async function show(scene: Scene, narrator: Narrator, evaluation: Evaluation): Promise<Told> {
  const event = await scene.receiver.nextFinished(evaluation.id)
  narrator.show(evaluation, event, scene.pharos.url)
  return { evaluation, event }
}
