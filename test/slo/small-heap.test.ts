import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

/** Texts of the largest size that are one mistake after another, in a process with little memory. */

const program = `
import { parseSlo, SloError } from ${JSON.stringify(fileURLToPath(new URL('../../slo/index.ts', import.meta.url)))}
const size = 512 * 1024
for (const [opening, unit] of [['[', ','], ['', '& '], ['', '*a '], ['', '- "\\\\0"\\n']]) {
  const text = (opening + unit.repeat(size)).slice(0, size)
  try {
    parseSlo(text)
    console.log('read')
  } catch (error) {
    console.log(error instanceof SloError && error.issues.length <= 201 ? 'refused' : [opening, unit, error.name, error.issues?.length].join(' '))
  }
}
`

test('are refused with 200 mistakes at most, and do not use up 256 MB', () => {
  const argv = ['--max-old-space-size=256', '--input-type=module-typescript', '--eval', program]
  const answers = execFileSync(process.execPath, argv, { encoding: 'utf8' }).trimEnd().split('\n')
  expect(answers).toHaveLength(4)
  expect(new Set(answers)).toEqual(new Set(['refused']))
}, 120_000)
