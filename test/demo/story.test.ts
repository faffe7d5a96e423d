import { spawn } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createNarrator } from '../../demo/narrator.ts'
import { openScene } from '../../demo/scene.ts'
import { tellStory } from '../../demo/story.ts'
import { waitFor } from '../../demo/wait.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** Long enough for some eighty requests to each version. */
const measuringMs = 4_000

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pharos-story-'))
})

afterEach(() => rm(folder, { recursive: true, force: true }))

test('without a Prometheus the story comes out as told with pushed values', async () => {
  await using scope = new AsyncDisposableStack()
  const written: string[] = []
  const narrator = createNarrator({ isTTY: false, columns: 100, write: (text) => written.push(text) })
  const scene = await openScene(folder, undefined, scope)
  await tellStory(scene, narrator, measuringMs)
  const text = stripVTControlCharacters(written.join(''))
  expect(text).not.toContain('✗')
  expect(narrator.surprises()).toBe(0)
  for (const told of [
    '1  carts 0.1, healthy',
    'the key objective error_rate failed',
    'a warning says that 0.2 was skipped',
    'it says what was not measured, and why',
    'it was compared with the last good one, that of chapter 3',
    'it was announced under one event id',
  ]) {
    expect(text).toContain(told)
  }
  expect(text.split('\n').filter((line) => line.length > 120)).toEqual([])
}, 90_000)

test('a signal in the middle, and another one right after it, end the demo with everything it started', async () => {
  const child = spawn(process.execPath, ['--import', './src/require-node.mjs', 'demo/main.ts', '--once'], {
    cwd: root,
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', resolve)
  })
  try {
    await waitFor('the demo measures', 100_000, () => (output.includes('s left') ? true : undefined))
    const urls = [...output.matchAll(/http:\/\/127\.0\.0\.1:\d+/g)].map(([url]) => url)
    expect(urls.length).toBeGreaterThanOrEqual(4)
    child.kill('SIGTERM')
    child.kill('SIGINT')
    expect([130, 143]).toContain(await ended)
    for (const url of urls) await expect(fetch(url)).rejects.toThrow('fetch failed')
    expect(await readdir(folder)).toEqual([])
  } finally {
    child.kill('SIGKILL')
  }
}, 120_000)
