import { describe, expect, test } from 'vitest'
import { compared, findingsIn, readAllowances } from './findings.ts'
import { signs } from './signs.ts'

const found = (path: string, source: string) =>
  findingsIn(new Map([[path, source]])).map(({ line, sign }) => `${line} ${sign}`)

describe('a sign is found', () => {
  for (const { place, path = 'a.ts', source, expected } of [
    { place: 'a line comment', source: 'const a = 1 // whoever asks', expected: ['1 whoever'] },
    { place: 'a block comment', source: '/** It is\n * none of ours. */\n', expected: ['1 is none'] },
    { place: 'consecutive line comments', source: '\n// kept for so\n// long\n', expected: ['2 so long'] },
    { place: 'a string', source: "throw new Error('this is no date')", expected: ['1 is no'] },
    { place: 'a template', source: 'const a = `${b} is none`', expected: ['1 is none'] },
    { place: 'a later line of a template', source: 'const a = `\n${b}\n what was asked`', expected: ['3 what is'] },
    { place: 'a literal after an escape', source: String.raw`const a = 'one\ntold two'`, expected: ['1 told'] },
    { place: 'a module', path: 'a.mjs', source: '// mended', expected: ['1 mend'] },
    { place: 'a document', path: 'a.md', source: '# Title\n\n| a | nobody |\n', expected: ['3 nobody'] },
    { place: 'a quotation', path: 'a.md', source: '> a row\n> to be\n', expected: ['1 is to be'] },
    { place: 'one line, twice', source: '// nobody and somebody', expected: ['1 nobody'] },
    { place: 'one line, by two signs', source: '// nobody is told', expected: ['1 nobody', '1 told'] },
  ]) {
    test(`in ${place}`, () => {
      expect(found(path, source)).toEqual(expected)
    })
  }
})

describe('no sign is found', () => {
  for (const { place, path = 'a.ts', source } of [
    { place: 'code', source: 'const told: Whoever = stands(nobody)' },
    { place: 'a short literal', source: "const a = { stands: 'told', b: `${c} told` }" },
    { place: 'a regular expression', source: String.raw`const a = /it stands and is none/` },
    { place: 'inline code of a comment', source: '// as in `what is none`' },
    { place: 'a phrase that code interrupts', source: 'const a = [`one two is`, `none of these`]' },
    { place: 'a code block', path: 'a.md', source: 'text\n```sh\nnobody\n```\n' },
    { place: 'inline code of a document', path: 'a.md', source: 'the sign `so\nlong` and ``a ` told``\n' },
  ]) {
    test(`in ${place}`, () => {
      expect(found(path, source)).toEqual([])
    })
  }
})

test('idiomatic uses are not reported, also across lines', () => {
  const idioms = [
    'There is no baseline, and there can be none later.',
    'It is no longer kept, as so long as it lasts.',
    'What is a baseline? Shows what is wrong.',
    'A placeholder stands for a value; the two are told apart.',
    'So many that most are dropped, however many there are.',
    'The message shows what was sent and says what is expected.',
  ]
  const wrapped = idioms.map((text) => `/**\n * ${text.replaceAll(' ', '\n *   ')}\n */`)
  expect(idioms.flatMap((text) => found('a.md', text))).toEqual([])
  expect(wrapped.flatMap((text) => found('a.ts', text))).toEqual([])
})

test('code that cannot be parsed is an error with its path', () => {
  expect(() => found('broken.ts', 'const = ')).toThrow(/^broken\.ts: /)
})

test('every pattern is global, so that all its matches are found', () => {
  expect(signs.filter(({ pattern }) => !pattern.global)).toEqual([])
})

describe('an allowance', () => {
  const findings = findingsIn(
    new Map([
      ['a.ts', '  // nobody is told\n// told twice\n'],
      ['b.md', '// nobody is told'],
    ]),
  )

  test('permits its exact line in every file, whatever the signs', () => {
    const { refused, unused } = compared(findings, readAllowances('Quoted.\n  // nobody is told\n'))
    expect(refused.map(({ path, line }) => `${path}:${line}`)).toEqual(['a.ts:2'])
    expect(unused).toEqual([])
  })

  test('for a part of a line permits nothing and is unused', () => {
    const { refused, unused } = compared(findings, readAllowances('Quoted.\n\n  // told\n'))
    expect(refused).toEqual(findings)
    expect(unused).toEqual([{ line: 3, text: '// told' }])
  })

  test('needs a reason', () => {
    expect(() => readAllowances('\n  // told\nQuoted.\n')).toThrow('allowed.txt:2: the reason for this line is missing')
  })
})
