import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { z } from 'zod'

const child = fileURLToPath(new URL('child.ts', import.meta.url))

/** What is promised, of one processor that has nothing else to do. */
const promisedMs = 300
/** Tests run beside each other, and then everything takes several times as long. */
const slownessMax = 5

const Line = z.object({ format: z.string(), name: z.string(), ms: z.number() })

test('texts of one thing again and again, as long as they may be, are answered soon, within 100 MB of heap', () => {
  const argv = ['--max-old-space-size=100', child, '--every', '20', '--enough-ms', String(promisedMs)]
  // It ends with 1 where something takes longer than promised; when its memory is used up, by a signal.
  const { stdout, signal } = spawnSync(process.execPath, argv, { encoding: 'utf8' })
  expect(signal).toBe(null)
  const lines = stdout.trimEnd().split('\n')
  const answers = lines.map((line) => Line.parse(JSON.parse(line)))
  expect(new Set(answers.map(({ format }) => format)).size).toBe(7)
  expect(answers.filter(({ ms }) => ms > promisedMs * slownessMax)).toEqual([])
}, 600_000)
