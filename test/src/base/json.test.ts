import { expect, test } from 'vitest'
import { parseJson } from '../../../src/base/json.ts'

const read = (text: string) => parseJson(Buffer.from(text))

test('brackets and commas within strings are not values', () => {
  const text = '[{,'.repeat(50_000)
  expect(read(JSON.stringify({ slo: `${text}\\"` }))).toEqual({ slo: `${text}\\"` })
})

test('more than 50,000 values are refused before they are parsed', () => {
  expect(read(`[${'0,'.repeat(49_998)}0]`)).toHaveLength(49_999)
  for (const text of [`[${'0,'.repeat(50_000)}0]`, `[${'[],'.repeat(25_001)}0]`, `{${'"a":1,'.repeat(50_000)}"a":1}`]) {
    expect(() => read(text)).toThrow('the JSON has more than 50000 values: at most that many are read')
  }
})

for (const text of ['{"__proto__": 1}', '[{"a": {"__proto__": {}}}]', String.raw`{"\u005f_proto__": 1}`]) {
  test(`${text} is refused`, () => {
    expect(() => read(text)).toThrow('nothing in the JSON may be called __proto__')
  })
}

test('the name in a text is no member', () => {
  expect(read('{"slo": "__proto__", "x": [null, 1]}')).toEqual({ slo: '__proto__', x: [null, 1] })
})
