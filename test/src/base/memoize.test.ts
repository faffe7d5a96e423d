import { expect, test } from 'vitest'
import { remember } from '../../../src/base/memoize.ts'

function counted() {
  const parsed: string[] = []
  const parse = remember((text: string) => {
    parsed.push(text)
    if (text === 'bad') throw new Error('bad')
    return { text }
  })
  return { parse, parsed }
}

test('a text is parsed once', () => {
  const { parse, parsed } = counted()
  expect(parse('a')).toBe(parse('a'))
  expect(parse('b')).toEqual({ text: 'b' })
  expect(parsed).toEqual(['a', 'b'])
})

test('the least recently used text of more than 64 is parsed again', () => {
  const { parse, parsed } = counted()
  for (let count = 0; count < 64; count += 1) parse(`text ${count}`)
  parse('text 0')
  parse('one more')
  parsed.length = 0
  parse('text 0')
  expect(parsed).toEqual([])
  parse('text 1')
  expect(parsed).toEqual(['text 1'])
})

test('what a text becomes depends on the rest too', () => {
  const parse = remember((text: string, ...rest: readonly string[]) => [text, ...rest])
  expect(parse('a', 'b')).toBe(parse('a', 'b'))
  expect(parse('a', 'b', 'c')).toEqual(['a', 'b', 'c'])
  expect(parse('a')).toEqual(['a'])
})

test('a large text is parsed each time', () => {
  const { parse, parsed } = counted()
  const text = 'x'.repeat(64 * 1024 + 1)
  parse(text)
  parse(text)
  expect(parsed).toHaveLength(2)
})

test('what cannot be parsed fails each time', () => {
  const { parse } = counted()
  expect(() => parse('bad')).toThrow('bad')
  expect(() => parse('bad')).toThrow('bad')
})
