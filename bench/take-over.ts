import { setTimeout as pause } from 'node:timers/promises'
import { waitFor } from '../demo/wait.ts'
import type { Script } from '../test/support/scripted-prometheus.ts'
import type { Subject } from './subject.ts'

export interface TakeOverSetup {
  /** Is killed. */
  readonly one: Subject
  readonly other: Subject
  /** Of the provider, which does not answer until the process is gone. */
  readonly script: Script
  /** How many evaluations the process is in the midst of when it is killed. */
  readonly held: number
}

const apartMs = 200
const limitMs = 60_000

/** From a SIGKILL of one process to the ends of what it was running, which the other has to take over; in milliseconds. */
export async function measureTakeOver({
  one,
  other,
  script,
  held,
}: TakeOverSetup): Promise<{ readonly p50: number; readonly max: number }> {
  const answering = { ...script }
  script['*'] = { kind: 'hang' }
  const ids: string[] = []
  for (let index = 0; index < held; index += 1) {
    ids.push(await accept(one.url, `held-${index}`))
    await pause(apartMs)
  }
  const killedAt = performance.now()
  await one.kill()
  Object.assign(script, answering)
  const tookMs = await Promise.all(
    ids.map(async (id) => {
      await waitFor(`${id} has ended`, limitMs, async () => ((await hasEnded(other.url, id)) ? true : undefined))
      return performance.now() - killedAt
    }),
  )
  tookMs.sort((a, b) => a - b)
  return { p50: tookMs[Math.floor((tookMs.length - 1) / 2)] ?? Number.NaN, max: tookMs.at(-1) ?? Number.NaN }
}

async function accept(url: string, service: string): Promise<string> {
  const reply = await fetch(`${url}/v1/projects/bench/stages/test/services/${service}/evaluations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  })
  const text = await reply.text()
  if (reply.status !== 202) throw new Error(`an evaluation came to ${reply.status}: ${text.slice(0, 500)}`)
  return String(JSON.parse(text).id)
}

async function hasEnded(url: string, id: string): Promise<boolean> {
  const reply = await fetch(`${url}/v1/evaluations/${id}`)
  return JSON.parse(await reply.text()).state === 'succeeded'
}
