import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { createNarrator } from '../../demo/narrator.ts'
import { startProgress } from '../../demo/progress.ts'
import { wrapped } from '../../demo/text.ts'

function paper(isTTY: boolean, columns = 80) {
  const written: string[] = []
  return { isTTY, columns, write: (text: string) => written.push(text), written }
}

test('what comes out as told gets a tick and is no surprise', () => {
  const output = paper(false)
  const narrator = createNarrator(output)
  narrator.check([{ told: 'it was compared', expected: ['a'], got: ['a'] }])
  expect(narrator.surprises()).toBe(0)
  expect(stripVTControlCharacters(output.written.join(''))).toBe('\n  ✓ it was compared\n')
})

test('what does not is counted, and shown with what was expected and what came', () => {
  const output = paper(false)
  const narrator = createNarrator(output)
  narrator.check([
    { told: 'the result is fail', expected: 'fail', got: 'pass' },
    { told: 'it was compared', expected: ['a'], got: [] },
    { told: 'it says why', expected: true, got: true },
  ])
  expect(narrator.surprises()).toBe(2)
  const text = stripVTControlCharacters(output.written.join(''))
  expect(text).toContain('✗ the result is fail: this did not come out as told')
  expect(text).toContain('expected "fail"\n      got      "pass"')
  expect(text).toContain('✓ it says why')
})

test('on a terminal progress stays in one line, cut to its width', () => {
  const output = paper(true, 20)
  const progress = startProgress(output, () => 0)
  progress.show('short')
  progress.show('a line that is longer than the terminal')
  progress.end()
  expect(output.written).toEqual(['\r\u001B[2Kshort', '\r\u001B[2Ka line that is long', '\n'])
})

test('anywhere else it is a line every ten seconds', () => {
  const output = paper(false)
  let now = 0
  const progress = startProgress(output, () => now)
  for (const at of [0, 500, 9_999, 10_000, 10_500]) {
    now = at
    progress.show(`at ${at}`)
  }
  progress.end()
  expect(output.written).toEqual(['at 0\n', 'at 10000\n'])
})

for (const { text, lines } of [
  { text: 'one two three', lines: ['one two', 'three'] },
  { text: 'unbreakable', lines: ['unbreakable'] },
  { text: 'a unbreakable b', lines: ['a', 'unbreakable', 'b'] },
]) {
  test(`"${text}" is wrapped between words`, () => expect(wrapped(text, 7)).toEqual(lines))
}
