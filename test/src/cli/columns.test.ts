import { describe, expect, test } from 'vitest'
import {
  described,
  padLeft,
  padRight,
  printable,
  widthOf,
  withoutEnd,
  withoutMiddle,
  wrapped,
} from '../../../src/cli/columns.ts'

describe('the width of', () => {
  for (const { text, width } of [
    { text: '', width: 0 },
    { text: 'größe', width: 5 },
    { text: 'gro\u0308\u00dfe', width: 5 },
    { text: '測試', width: 4 },
    { text: 'Ｐ９５', width: 6 },
    { text: '✅', width: 2 },
    { text: '⚠', width: 1 },
    { text: '⚠\uFE0F', width: 2 },
    { text: '❤\uFE0F', width: 2 },
    { text: '1\uFE0F\u20E3', width: 2 },
    { text: '🇩🇪', width: 2 },
    { text: '👍🏽', width: 2 },
    { text: '👩‍💻', width: 2 },
    { text: '👨‍👩‍👧‍👦', width: 2 },
    { text: '\u1112\u1161\u11AB글', width: 4 },
    { text: 'ﾃｽﾄ', width: 3 },
    { text: 'が', width: 2 },
    { text: 'か\u3099', width: 2 },
    { text: '「注文」', width: 8 },
    { text: '㎳', width: 2 },
    { text: 'नमस्ते', width: 4 },
    { text: 'a\u200Bb\u2060c', width: 3 },
    { text: '…', width: 1 },
  ]) {
    test(`${JSON.stringify(text)} is ${width}`, () => {
      expect(widthOf(text)).toBe(width)
      expect([widthOf(padLeft(text, 9)), widthOf(padRight(text, 9))]).toEqual([9, 9])
    })
  }
})

test('what commands a terminal, or turns its lines round, is shown as a mark', () => {
  expect(printable('a\u001B[2Jb\nc\td\u0007\u009Be\u202Ef')).toBe('a�[2Jb�c�d��e�f')
})

describe('a text that is too long loses', () => {
  for (const { text, width, middle, end } of [
    { text: 'abcdef', width: 6, middle: 'abcdef', end: 'abcdef' },
    { text: 'abcdefg', width: 6, middle: 'abc…fg', end: 'abcde…' },
    { text: '測試測試', width: 6, middle: '測…試', end: '測試…' },
    { text: 'a👩‍💻b👩‍💻c', width: 5, middle: 'a…c', end: 'a👩‍💻b…' },
    { text: '<600 >=20 =5', width: 10, middle: '<600 …0 =5', end: '<600 …' },
    { text: '<600 >=20', width: 1, middle: '…', end: '…' },
  ]) {
    test(`of ${text} what does not fit into ${width}`, () => {
      expect([withoutMiddle(text, width), withoutEnd(text, width)]).toEqual([middle, end])
    })
  }
})

test('lines are broken between words, and what continues is indented', () => {
  expect(wrapped('one two three\n  four five six\n\nsevenseven eight\n', 10)).toEqual([
    'one two',
    '  three',
    '  four',
    '    five',
    '    six',
    '',
    'sevenseven',
    '  eight',
  ])
})

test('a description stands beside its label, or below it where there is no room', () => {
  expect(described('--slo FILE', 'the SLO that is used instead of another', 10, 40)).toEqual([
    '  --slo FILE  the SLO that is used',
    '              instead of another',
  ])
  expect(described('--slo FILE', 'the SLO that is used', 10, 30)).toEqual([
    '  --slo FILE',
    '      the SLO that is used',
  ])
})
