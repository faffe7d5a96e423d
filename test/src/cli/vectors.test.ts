import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { z } from 'zod'
import { runPharosCommand } from '../../support/terminal.ts'

/** Keptn's own cases, as files of the command line: their `sli` and `previous` are what --indicators and --history take. */
const Vector = z.object({
  id: z.string(),
  input: z.object({ sli: z.array(z.unknown()).nullish(), previous: z.array(z.unknown()).nullish() }),
})
const cwd = mkdtempSync(join(tmpdir(), 'pharos-vectors-'))
writeFileSync(join(cwd, 'slo.yaml'), 'objectives: [{sli: a}]\ntotal_score: {pass: 90}\n')
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

test('the recorded values of every case can be given', async () => {
  const refused: string[] = []
  let count = 0
  for (const file of ['edge-evaluate.jsonl', 'random-evaluate.jsonl']) {
    const lines = readFileSync(new URL(`../../vectors/${file}`, import.meta.url), 'utf8')
      .trim()
      .split('\n')
    for (const line of lines) {
      const { id, input } = Vector.parse(JSON.parse(line))

      writeFileSync(join(cwd, 'values.json'), JSON.stringify(input.sli ?? []))
      writeFileSync(join(cwd, 'earlier.json'), JSON.stringify(input.previous ?? []))
      const argv = ['judge', '--slo', 'slo.yaml', '--indicators', 'values.json', '--history', 'earlier.json']
      const { code, said } = await runPharosCommand([...argv, '--output', 'json'], { cwd })
      count += 1
      if (code === 2) refused.push(`${id}: ${said}`)
    }
  }
  expect(count).toBeGreaterThan(300)
  expect(refused).toEqual([])
})
