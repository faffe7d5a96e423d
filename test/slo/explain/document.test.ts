import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const repository = resolve(import.meta.dirname, '../../..')

test('the example of docs/explanation.md prints what the page shows', async () => {
  const page = await readFile(join(repository, 'docs/explanation.md'), 'utf8')
  const [code, output] = [...page.matchAll(/^```(?:ts)?\n(.*?)^```$/gms)].map(([, text]) => text ?? '')
  const folder = await mkdtemp(join(tmpdir(), 'pharos-explanation-'))
  try {
    const program = join(folder, 'example.ts')
    await writeFile(program, code?.replace("'pharos/slo'", JSON.stringify(join(repository, 'slo/index.ts'))) ?? '')
    const { stdout } = await promisify(execFile)(process.execPath, [program])
    expect(stdout.trim()).toBe(output?.trim())
  } finally {
    await rm(folder, { recursive: true })
  }
})
