import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { createNarrator } from '../../../demo/narrator.ts'
import { tellPromotion } from '../../../demo/promote/story.ts'

test('only what passed is promoted, through a killed control plane and everything that comes twice', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pharos-promotion-'))
  const written: string[] = []
  const narrator = createNarrator({ isTTY: false, columns: 100, write: (text) => written.push(text) })
  {
    await using scope = new AsyncDisposableStack()
    await tellPromotion(folder, narrator, scope)
  }
  await rm(folder, { recursive: true, force: true })
  const text = stripVTControlCharacters(written.join(''))
  expect(text).not.toContain('✗')
  expect(narrator.surprises()).toBe(0)
  for (const told of [
    '✓ 1.0 is delivered in prod',
    '✓ 1.1 is held in staging',
    '✓ 1.2 is stopped in dev',
    '✓ 1.3 is delivered in prod',
    '✓ its 6 deliveries were 3 events',
    '✓ prod has seen healthy builds only',
  ]) {
    expect(text).toContain(told)
  }
}, 120_000)
