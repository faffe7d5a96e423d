import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { z } from 'zod'
import { readSettings } from '../../../src/base/yaml-settings.ts'

const read = (text: string) => readSettings(text, () => z.unknown())

function said(text: string): readonly string[] {
  const settings = read(text)
  if (settings.kind === 'valid') return []
  return settings.mistakes.map(({ line, column, message }) => `${line}:${column} ${message}`)
}

describe('a text is read no further than its limits allow', () => {
  for (const { name, text, message } of [
    {
      name: 'parts',
      text: '- a\n'.repeat(20_000),
      message: /^\d+:\d+ the text has more than 40000 parts \(names, values, brackets, commas, line breaks\)/,
    },
    { name: 'levels', text: '['.repeat(200), message: /^1:\d+ lists and mappings are nested more than 100 deep$/ },
    {
      name: 'aliases',
      text: `- &a b\n${'- *a\n'.repeat(101)}`,
      message: /^102:\d the text has more than 100 aliases$/,
    },
    { name: 'characters', text: ' '.repeat(262_145), message: /^1:1 the text has 262145 characters/ },
  ]) {
    test(`too many ${name}`, () => {
      expect(said(text)).toEqual([expect.stringMatching(message)])
    })
  }

  test('aliases stand for what they name', () => {
    const c = Array.from({ length: 90 }, () => ({ b: 1 }))
    expect(read(`a: &a {b: 1}\nc: [${'*a, '.repeat(90)}]\n`)).toEqual({ kind: 'valid', value: { a: { b: 1 }, c } })
  })
})

test('of thousands of mistakes the first are reported', () => {
  const keys = Array.from({ length: 5000 }, (_, place) => `k${place}: 1\n`).join('')
  const settings = readSettings(keys, () => z.strictObject({}))
  expect(settings).toMatchObject({ kind: 'invalid' })
  expect(settings.kind === 'invalid' && settings.mistakes).toHaveLength(200)
})

test('a repeated key is reported at its place, however deep', () => {
  expect(said('a: {b: 1, c: [{d: 1, d: 2}]}\na: 1\n')).toEqual([
    '1:22 Map keys must be unique',
    '2:1 Map keys must be unique',
  ])
})

test('a key that is a list, a mapping or an alias is reported at its place, and nothing is printed', () => {
  const printed = vi.spyOn(process, 'emitWarning')
  onTestFinished(() => printed.mockRestore())
  expect(said('a: &a {b: 1}\n? [c]\n: 1\nd:\n  ? {e: 1}\n  : 1\n*a : 1\n')).toEqual([
    '2:3 a key must be a string',
    '5:5 a key must be a string',
    '7:1 a key must be a string',
  ])
  expect(printed).not.toHaveBeenCalled()
})

test('a second document is reported, and a text without any is an empty mapping', () => {
  expect(said('a: 1\n---\nb: 2\n')).toEqual(['2:1 a second YAML document begins here: a settings file has only one'])
  expect(read('# nothing\n')).toEqual({ kind: 'valid', value: {} })
})

test('a file that is a single text is not quoted', () => {
  for (const text of ['hunter2', '"hunter2"', '[hunter2', 'a: b\n]hunter2', '*hunter2 x']) {
    const settings = readSettings(text, () => z.strictObject({}))
    expect(settings.kind).toBe('invalid')
    expect(JSON.stringify(settings)).not.toContain('hunter2')
  }
})
