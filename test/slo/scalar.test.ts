import { expect, test } from 'vitest'
import { booleanOf, numberOfScalar, typeOf } from '../../slo/scalar.ts'
import type { YamlScalar } from '../../slo/yaml-tree.ts'

function plain(text: string): YamlScalar {
  return { kind: 'scalar', at: 0, text, isPlain: true, tag: undefined }
}

function quoted(text: string): YamlScalar {
  return { ...plain(text), isPlain: false }
}

function tagged(name: string, text: string): YamlScalar {
  return { ...plain(text), tag: `tag:yaml.org,2002:${name}` }
}

for (const { type, texts } of [
  { type: 'null', texts: ['', '~', 'null', 'Null', 'NULL'] },
  { type: 'boolean', texts: ['true', 'True', 'TRUE', 'false', 'False', 'FALSE'] },
  { type: 'integer', texts: ['0', '-1', '+12', '1_000', '0x1F', '-0x10', '0b101', '0o17', '017', '1e3', '1.0'] },
  { type: 'float', texts: ['1.5', '.25', '-1.25', '1.5e-3', '.inf', '-.Inf', '+.INF', '.nan', '.NaN', '.NAN'] },
  {
    type: 'text',
    texts: [
      'nUll',
      'yes',
      'a',
      '1a',
      'a1',
      '1.5.5',
      '1e',
      '1e+',
      '0x',
      '0xg',
      '0b2',
      '-',
      '+',
      '.',
      'a.inf',
      '.infa',
      '.nanx',
      '-.nan',
      '+-1',
      '1-1',
      'x0x1',
      '089x',
      '1 2',
      '1\n',
    ],
  },
] as const) {
  for (const text of texts) {
    test(`a plain ${JSON.stringify(text)} is ${type}`, () => {
      expect(typeOf(plain(text))).toBe(type)
    })
    test(`a quoted ${JSON.stringify(text)} is text`, () => {
      expect(typeOf(quoted(text))).toBe('text')
    })
  }
}

for (const { name, text, type } of [
  { name: 'null', text: '~', type: 'null' },
  { name: 'null', text: 'x', type: null },
  { name: 'bool', text: 'True', type: 'boolean' },
  { name: 'bool', text: 'yes', type: null },
  { name: 'int', text: '12', type: 'integer' },
  { name: 'int', text: 'm', type: null },
  { name: 'float', text: '12', type: 'float' },
  { name: 'float', text: '.inf', type: 'float' },
  { name: 'float', text: 'm', type: null },
  { name: 'binary', text: 'aGk=', type: null },
  { name: 'str', text: '12', type: 'text' },
]) {
  test(`!!${name} ${text} is ${type ?? 'a mistake'}`, () => {
    expect(typeOf(tagged(name, text))).toBe(type)
  })
}

test('a tag of somebody else changes nothing', () => {
  expect(typeOf({ ...plain('12'), tag: '!mine' })).toBe('integer')
})

for (const { text, number } of [
  { text: '0', number: 0 },
  { text: '-12', number: -12 },
  { text: '+12', number: 12 },
  { text: '1_000', number: 1000 },
  { text: '.25', number: 0.25 },
  { text: '1.25', number: 1.25 },
  { text: '1.5e-3', number: 0.0015 },
  { text: '1e+3', number: 1000 },
  { text: '0x1F', number: 31 },
  { text: '-0X10', number: -16 },
  { text: '0b101', number: 5 },
  { text: '0B11', number: 3 },
  { text: '0o17', number: 15 },
  { text: '0O17', number: 15 },
  { text: '017', number: 15 },
  { text: '089', number: 89 },
  { text: '.nan', number: undefined },
  { text: 'a', number: undefined },
]) {
  test(`the number of ${text} is ${number ?? 'none'}`, () => {
    expect(numberOfScalar(plain(text))).toBe(number)
    expect(numberOfScalar(quoted(text))).toBeUndefined()
  })
}

test('!!float gives a number, !!str does not', () => {
  expect([numberOfScalar(tagged('float', '12')), numberOfScalar(tagged('str', '12'))]).toEqual([12, undefined])
})

for (const { flag, words, quotable } of [
  { flag: true, words: ['true', 'True', 'TRUE'], quotable: ['y', 'Y', 'yes', 'Yes', 'YES', 'on', 'On', 'ON'] },
  { flag: false, words: ['false', 'False', 'FALSE'], quotable: ['n', 'N', 'no', 'No', 'NO', 'off', 'Off', 'OFF'] },
]) {
  for (const word of words) {
    test(`${word} is ${flag}, in quotes it is nothing`, () => {
      expect([booleanOf(plain(word)), booleanOf(quoted(word))]).toEqual([flag, undefined])
    })
  }
  for (const word of quotable) {
    test(`${word} is ${flag}, also in quotes, not as a number`, () => {
      expect([booleanOf(plain(word)), booleanOf(quoted(word)), booleanOf(tagged('int', word))]).toEqual([
        flag,
        flag,
        undefined,
      ])
    })
  }
}

test('a word in another case is not a boolean', () => {
  expect([booleanOf(plain('yEs')), booleanOf(plain('tRue'))]).toEqual([undefined, undefined])
})

test('a number is no boolean', () => {
  expect(booleanOf(plain('1'))).toBeUndefined()
})
