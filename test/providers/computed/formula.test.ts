import { assert, constantFrom, integer, letrec, oneof, property, tuple } from 'fast-check'
import { evaluate } from 'mathjs'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parseSli } from '../../../slo/index.ts'
import { inputsOf, readFormula, valueOf, type Formula } from '../../../providers/computed/formula.ts'

async function formulaOf(text: string): Promise<Formula> {
  const read = await readFormula(text)
  if (read.kind === 'refused') throw new Error(`${text} ${read.message}`)
  return read.formula
}

async function evaluated(text: string, values: Readonly<Record<string, number>> = {}): Promise<number | string> {
  return valueOf(await formulaOf(text), new Map(Object.entries(values)))
}

describe('the value of', () => {
  for (const { text, values = {}, value } of [
    { text: 'errors / requests * 100', values: { errors: 3, requests: 200 }, value: 1.5 },
    {
      text: '"dynatrace:RT_Shadow" / "dynatrace:RT_Real"',
      values: { 'dynatrace:RT_Shadow': 6, 'dynatrace:RT_Real': 4 },
      value: 1.5,
    },
    { text: '1 + 2 * 3 ^ 2 - 4 / 2', value: 17 },
    { text: '(1 + 2) * -3', value: -9 },
    { text: '-2 ^ 2', value: -4 },
    { text: '2 ^ 3 ^ 2', value: 512 },
    { text: '1e3 + .5', value: 1000.5 },
    { text: 'a > 5 ? 1 : 0', values: { a: 5 }, value: 0 },
    { text: 'a >= 5 ? a : b', values: { a: 5, b: 9 }, value: 5 },
    { text: 'a == 5', values: { a: 5 }, value: 1 },
    { text: '0.1 + 0.2 == 0.3', value: 0 },
    { text: 'requests == 0 ? 0 : errors / requests', values: { errors: 0, requests: 0 }, value: 0 },
    { text: 'max(a, b, 3) - min(a, b)', values: { a: 1, b: 2 }, value: 2 },
    { text: 'abs(-3) + sqrt(16) + floor(1.9) + ceil(1.1)', value: 10 },
    { text: 'round(2.5) + round(-2.5) + round(0.4)', value: 0 },
    { text: 'log(1)', value: 0 },
    { text: '0 * -1', value: 0 },
    { text: 'pi', values: { pi: 3 }, value: 3 },
  ]) {
    test(`${text} of ${JSON.stringify(values)} is ${value}`, async () => {
      expect(await evaluated(text, values)).toBe(value)
    })
  }
})

describe('there is no value of', () => {
  for (const { text, values = {}, why } of [
    { text: 'a / b', values: { a: 1, b: 0 }, why: 'it divides by 0' },
    { text: '1 / (1 / a)', values: { a: 0 }, why: 'it divides by 0' },
    { text: 'a / b', values: { a: 0, b: -0 }, why: 'it divides by 0' },
    { text: '0 ^ -1', why: 'it divides by 0' },
    { text: '(0 - 1) ^ 0.5', why: 'the result of ^ is not a finite number' },
    { text: '1e308 * 10', why: 'the result of * is not a finite number' },
    { text: 'sqrt(a)', values: { a: -4 }, why: 'sqrt of -4 is undefined' },
    { text: 'log(0)', why: 'log of 0 is undefined' },
  ]) {
    test(`${text} of ${JSON.stringify(values)}, because ${why}`, async () => {
      expect(await evaluated(text, values)).toBe(why)
    })
  }
})

test('inputs are named once each', async () => {
  expect(inputsOf(await formulaOf('a + b * a > max("c d", 2) ? b : e'))).toEqual(['a', 'b', 'c d', 'e'])
})

describe('no formula', () => {
  for (const { text, why } of [
    { text: '', why: /undefined|no finite number/ },
    { text: 'errors /', why: /cannot be read: unexpected end/ },
    { text: '2 errors', why: /multiplies without a \*/ },
    { text: '(a)(b)', why: /multiplies without a \*/ },
    { text: 'a(b)', why: /contains a, but may only use \+ - \*/ },
    { text: 'a = 5', why: /an assignment/ },
    { text: 'f(x) = x', why: /a function definition/ },
    { text: 'a; b', why: /several lines/ },
    { text: 'a\nb', why: /several lines/ },
    { text: '[1, 2]', why: /a list/ },
    { text: 'a.b', why: /a property access/ },
    { text: 'a["constructor"]', why: /a property access/ },
    { text: '{a: 1}', why: /an object/ },
    { text: '1:5', why: /a range/ },
    { text: '1 < a < 5', why: /two comparisons in a row/ },
    { text: "a'", why: /contains a '/ },
    { text: "'a b' + 1", why: /contains a '/ },
    { text: '5 %', why: /%/ },
    { text: 'a % b', why: /%/ },
    { text: 'a!', why: /!/ },
    { text: 'a and b', why: /and/ },
    { text: 'import({})', why: /contains import, but/ },
    { text: 'evaluate("1")', why: /contains evaluate, but/ },
    { text: 'sqrt(1, 2)', why: /gives sqrt 2 values, but it takes 1/ },
    { text: 'max()', why: /gives max 0 values/ },
    { text: 'sqrt.constructor("x")', why: /calls something that is not a function/ },
    { text: 'true', why: /contains true, which is not a finite number/ },
    { text: 'null', why: /contains null, which is not/ },
    { text: 'Infinity', why: /contains Infinity, which is not/ },
    { text: '1e999', why: /contains Infinity, which is not/ },
    { text: 'größe + 1', why: /in double quotes/ },
    { text: '$LABEL.a + 1', why: /./ },
    { text: '"" + 1', why: /an empty name/ },
    { text: '5 cm', why: /multiplies without a \*/ },
    { text: `${'('.repeat(40)}1${')'.repeat(40)}`, why: /nested more than 30 deep/ },
    { text: '('.repeat(5_000), why: /has 5000 characters, at most 1000/ },
    { text: Array.from({ length: 150 }, () => '1').join('+'), why: /nested more than 30 deep|parts/ },
    {
      text: `max(${Array.from({ length: 20 }, () => 'max(1,2,3,4,5,6,7,8,9,1)').join(',')})`,
      why: /has 221 parts, at most 200/,
    },
  ]) {
    test(`is ${JSON.stringify(text.slice(0, 40))}`, async () => {
      expect(await readFormula(text)).toEqual({ kind: 'refused', message: expect.stringMatching(why) })
    })
  }
})

test('formulas come to what mathjs makes of them', async () => {
  const number = integer({ min: -9, max: 9 }).map((value) => `(${value})`)
  const { formula } = letrec<{ formula: string }>((tie) => ({
    formula: oneof(
      { maxDepth: 4, withCrossShrink: true },
      number,
      constantFrom('a', 'b', 'c'),
      tuple(tie('formula'), constantFrom('+', '-', '*', '/', '^', '<', '>='), tie('formula')).map(
        ([one, sign, other]) => `(${one}) ${sign} (${other})`,
      ),
      tuple(tie('formula'), constantFrom('+', '-', '*'), tie('formula')).map(
        ([one, sign, other]) => `${one} ${sign} (${other})`,
      ),
      tuple(constantFrom('abs', 'min', 'max', 'sqrt', 'log', 'round', 'floor', 'ceil', '-'), tie('formula')).map(
        ([name, one]) => `${name}(${one})`,
      ),
      tuple(tie('formula'), tie('formula'), tie('formula')).map(
        ([one, then, other]) => `(${one}) ? (${then}) : (${other})`,
      ),
    ),
  }))
  const cases: { readonly text: string; readonly scope: Record<string, number> }[] = []
  const small = integer({ min: -9, max: 9 })
  assert(
    property(formula, small, small, small, (text, a, b, c) => {
      if (text.length < 900) cases.push({ text, scope: { a, b, c } })
    }),
    { numRuns: 2_000, seed: 20_261_127 },
  )
  let finite = 0
  for (const { text, scope } of cases) {
    const read = await readFormula(text)
    if (read.kind === 'refused') continue
    const ours = valueOf(read.formula, new Map(Object.entries(scope)))
    if (typeof ours === 'string') continue
    const theirs = Number(evaluate(text, { ...scope }))
    finite += 1
    expect({ text, scope, value: ours + 0 }).toEqual({ text, scope, value: theirs + 0 })
  }
  expect(finite).toBeGreaterThan(1_000)
})

test('mathjs is loaded by the first formula, not at the start', () => {
  const repository = new URL('../../../', import.meta.url)
  const script = `
    import { registerHooks } from 'node:module'
    const seen = []
    registerHooks({ resolve: (name, context, next) => (seen.push(name), next(name, context)) })
    const isSeen = () => seen.some((name) => name.startsWith('mathjs'))
    await import('./src/compose.ts')
    const before = isSeen()
    const { readFormula } = await import('./providers/index.ts')
    await readFormula('1 + 1')
    console.log(JSON.stringify([before, isSeen()]))`
  const said = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: fileURLToPath(repository),
    encoding: 'utf8',
  })
  expect(JSON.parse(said)).toEqual([false, true])
})

test('the formulas of the document can be read', async () => {
  const document = readFileSync(new URL('../../../docs/providers.md', import.meta.url), 'utf8')
  const text = /```yaml\n(# <root>\/shop\/computed\/sli\.yaml\n[^`]*)```/.exec(document)?.[1] ?? ''
  const inputs: (readonly string[])[] = []
  for (const { query } of parseSli(text).indicators.values()) inputs.push(inputsOf(await formulaOf(query)))
  expect(inputs).toEqual([
    ['errors', 'requests'],
    ['dynatrace:RT_Shadow', 'dynatrace:RT_Real'],
    ['requests', 'errors'],
  ])
})
