import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { waitFor } from '../../demo/wait.ts'
import { createSteppingClock } from '../support/stepping-clock.ts'

test('the clock of one process steps while it runs, and its timers do not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pharos-clock-'))
  const clock = await createSteppingClock(join(folder, 'clock'))
  const program = 'setInterval(() => console.log(JSON.stringify([Date.now(), performance.now()])), 100)'
  const child = spawn(process.execPath, ['-e', program], { env: clock.env, stdio: ['ignore', 'pipe', 'inherit'] })
  let last = { aheadMs: 0, performanceMs: 0, at: 0 }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const [now, performanceMs] = JSON.parse(text.trim().split('\n').at(-1) ?? '[]') as [number, number]
    last = { aheadMs: now - Date.now(), performanceMs, at: performance.now() }
  })
  const whenAhead = (seconds: number) =>
    waitFor(`the clock is ${seconds} s ahead`, 20_000, () =>
      last.at > 0 && Math.abs(last.aheadMs - 1000 * seconds) < 5_000 ? last : undefined,
    )
  try {
    const first = await whenAhead(0)
    for (const seconds of [7_200, -90, 0]) {
      await clock.step(seconds)
      const { performanceMs, at } = await whenAhead(seconds)
      expect(Math.abs(performanceMs - first.performanceMs - (at - first.at))).toBeLessThan(5_000)
    }
  } finally {
    child.kill('SIGKILL')
    await rm(folder, { recursive: true })
  }
}, 120_000)
