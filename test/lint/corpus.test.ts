import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { lint, lintRules } from '../../slo/index.ts'

/**
 * Files as people write them. The first lines of each say what is to be found in it, checked by hand: nothing, or line,
 * column and rule. Half of them have nothing, and nothing may be found there.
 */
const folder = new URL('corpus/', import.meta.url)
const files = readdirSync(folder).toSorted()

const read = (file: string): string => readFileSync(new URL(file, folder), 'utf8')

function expectedOf(text: string): readonly string[] {
  const lines = Array.from(text.matchAll(/^# expect: (.*)$/gm), ([, found = '']) => found)
  return lines.filter((found) => found !== 'nothing')
}

/** Lines are those of the file without what it says of itself, plus one. */
function foundIn(text: string): readonly string[] {
  const about = text.match(/^# expect: .*\n/gm) ?? []
  return lint(text).map(({ rule, line, column }) => `${line - about.length + 1}:${column} ${rule}`)
}

test('there are enough of both kinds', () => {
  const clean = files.filter((file) => expectedOf(read(file)).length === 0)
  expect(files.length).toBeGreaterThanOrEqual(60)
  expect(clean.length).toBeGreaterThanOrEqual(files.length / 2)
})

test('every rule that an SLO alone can break is found in one of them', () => {
  const found = new Set(files.flatMap((file) => expectedOf(read(file)).map((expected) => expected.split(' ')[1])))
  const alone = lintRules.filter(({ bad }) => bad.sli === undefined && bad.earlier === undefined)
  expect(alone.map(({ id }) => id).filter((id) => !found.has(id))).toEqual([])
})

describe('in', () => {
  for (const file of files) {
    test(`${file} is what it says`, () => {
      expect(foundIn(read(file))).toEqual(expectedOf(read(file)))
    })
  }
})

test('none takes long', () => {
  for (const file of files) {
    const startedAt = performance.now()
    lint(read(file))
    expect(performance.now() - startedAt).toBeLessThan(1_000)
  }
})
