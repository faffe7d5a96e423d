import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { planted, plants, type Plant } from './torture/plants.ts'

/** Beside the torture, which takes minutes: what a plant would change is still there. */
// The keys are all that `plants` has.
for (const plant of Object.keys(plants) as Plant[]) {
  test(`the mistake ${plant} can be planted`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pharos-planted-'))
    try {
      await expect(planted(plant, folder)).resolves.toBe(folder)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
}
