import { describe, expect, test } from 'vitest'
import {
  defaultSloLimits,
  parseSli,
  parseSlo,
  SliError,
  SloError,
  type Issue,
  type SloLimits,
} from '../../slo/index.ts'
import { readYaml } from '../../slo/yaml.ts'

const total = 'total_score: {pass: 90%}\n'

function said(issues: readonly Issue[]): readonly string[] {
  return issues.map(({ line, column, message }) => `${line}:${column} ${message}`)
}

/** What is said of an SLO: its problems, or else its findings. */
function saidOfSlo(text: string): readonly string[] {
  try {
    const { findings, misspelt } = parseSlo(text)
    return said([...findings, ...misspelt])
  } catch (error) {
    if (error instanceof SloError) return said(error.issues)
    throw error
  }
}

function saidOfSli(text: string): readonly string[] {
  try {
    return said(parseSli(text).findings)
  } catch (error) {
    if (error instanceof SliError) return said(error.issues)
    throw error
  }
}

for (const { text, messages } of [
  { text: '- a\n', messages: ['1:1 an SLO must be a mapping, not a list'] },
  { text: '', messages: ['1:1 the text does not contain an SLO'] },
  { text: 'objectives: a\n' + total, messages: ['1:13 objectives must be a list, not "a"'] },
  { text: 'objectives: [a]\n' + total, messages: ['1:14 an objective must be a mapping, not "a"'] },
  { text: 'spec_version: []\n' + total, messages: ['1:15 spec_version must be a string, not a list'] },
  {
    text: `objectives: [{sli: a, owner: 3}]\n${total}`,
    messages: [
      '1:23 "owner" is not a key of an objective and has no effect; the keys are sli, displayName, pass, warning, weight, key_sli',
    ],
  },
  {
    text: `objectives: [{sli: a, pass: [{criteria: ["<1"], key_sli: true}]}]\n${total}`,
    messages: ['1:49 "key_sli" has no effect in an entry of pass: key_sli belongs in an objective'],
  },
  { text: 'filter: []\n' + total, messages: ['1:9 filter must be a mapping of strings, not a list'] },
  { text: 'filter: {a: {b: c}}\n' + total, messages: ['1:13 filter "a" must be a string, not a mapping'] },
  {
    text: 'total_score:\n',
    messages: [
      '1:1 total_score is missing: it sets the minimum scores for a pass and a warning, such as {pass: "90%", warning: "75%"}',
    ],
  },
  { text: 'total_score: 90\n', messages: ['1:14 total_score must be a mapping, not "90"'] },
  { text: 'total_score: {}\n', messages: ['1:14 total_score.pass is missing'] },
  {
    text: 'total_score: {pass: most, warning: [1]}\n',
    messages: [
      '1:21 total_score.pass must be a decimal number from 0 to 100, with or without %, not "most"',
      '1:36 total_score.warning must be a string, not a list',
    ],
  },
  {
    text: 'total_score: {pass: 80, warning: 90}\nobjectives: [{sli: a}]\n',
    messages: ['1:34 total_score.warning (90) is above total_score.pass (80), so no score leads to a warning'],
  },
  { text: 'comparison: 3\n' + total, messages: ['1:13 comparison must be a mapping, not "3"'] },
  {
    text: 'comparison: {compare_with: x, include_result_with_score: y, aggregate_function: z}\n' + total,
    messages: [
      '1:28 compare_with must be single_result or several_results, not "x"',
      '1:58 include_result_with_score must be all or pass or pass_or_warn, not "y"',
      '1:81 aggregate_function must be avg or p50 or p90 or p95, not "z"',
    ],
  },
  {
    text:
      'comparison: {compare_with: [], include_result_with_score: [], aggregate_function: [], number_of_comparison_results: []}\n' +
      total,
    messages: [
      '1:28 compare_with must be a string, not a list',
      '1:59 include_result_with_score must be a string, not a list',
      '1:83 aggregate_function must be a string, not a list',
      '1:117 number_of_comparison_results must be a whole number, not a list',
    ],
  },
  {
    text: 'comparison: {compare_with: several_results, number_of_comparison_results: 101}\n' + total,
    messages: ['1:75 number_of_comparison_results must be 1 to 100, not 101'],
  },
  {
    text: 'comparison: {number_of_comparison_results: "5"}\n' + total,
    messages: ['1:44 number_of_comparison_results must be a whole number without quotes, not "5"'],
  },
  {
    text: 'comparison: {}\nobjectives: [{sli: a}]\n' + total,
    messages: [
      '1:13 compare_with is missing, so 3 earlier results are compared regardless of number_of_comparison_results, as in Keptn; write single_result or several_results',
    ],
  },
  {
    text: 'objectives: [{sli: [], displayName: {}, pass: 1, warning: 2, weight: [], key_sli: maybe}]\n' + total,
    messages: [
      '1:20 sli must be a string, not a list',
      '1:37 displayName must be a string, not a mapping',
      '1:47 pass must be a list, not "1"',
      '1:59 warning must be a list, not "2"',
      '1:70 weight must be a whole number, not a list',
      '1:83 key_sli must be true or false, not "maybe"',
    ],
  },
  {
    text: 'objectives: [{sli: a, weight: 1.5}]\n' + total,
    messages: ['1:31 weight must be a whole number of at least 1, without quotes, not "1.5"'],
  },
  {
    text: 'objectives: [{sli: a, weight: 0}]\n' + total,
    messages: ['1:31 weight 0 counts as 1, as in Keptn; omit pass to exclude the objective from the score'],
  },
  {
    text: 'objectives: [{sli: a, key_sli: true}]\n' + total,
    messages: ['1:32 key_sli has no effect on an objective without pass criteria'],
  },
  {
    text: 'objectives: [{weight: 1}]\n' + total,
    messages: ['1:14 this objective has no sli, so it cannot be measured'],
  },
  {
    text: 'objectives: [{sli: a, wieght: 3}]\n' + total,
    messages: ['1:23 "wieght" is not a key of an objective and has no effect; most likely weight was intended'],
  },
  {
    text: 'objectives: [{sli: a, pass: [null]}]\n' + total,
    messages: ['1:30 an entry of pass is empty, but must have criteria'],
  },
  {
    text: 'objectives: [{sli: a, pass: ["<5"]}]\n' + total,
    messages: ['1:29 pass must be a list of entries with criteria, not a list of criteria'],
  },
  {
    text: 'objectives: [{sli: a, warning: [{criteria: 5}]}]\n' + total,
    messages: ['1:44 criteria must be a list, not "5"'],
  },
  {
    text: 'objectives: [{sli: a, pass: [{criteria: []}]}]\n' + total,
    messages: ['1:30 an entry of pass has no criteria'],
  },
  {
    text: 'objectives: [{sli: a, pass: [{criteria: [[]]}]}]\n' + total,
    messages: ['1:42 a criterion must be a string, not a list'],
  },
  {
    text: 'objectives: [{sli: a, pass: [{criteria: [x]}]}]\n' + total,
    messages: ['1:42 "x" is not a criterion: it does not begin with <, <=, =, >= or >'],
  },
  {
    text: 'objectives: [{sli: a, pass: [{criteria: ["  "]}]}]\n' + total,
    messages: [
      '1:42 "  " is not a criterion: it is empty: an unquoted > at the start begins a folded string in YAML, so write ">5" in quotes',
    ],
  },
  {
    text: 'objectives: [{sli: a, pass: [{criteria: [<1  0]}]}]\n' + total,
    messages: ['1:42 "<1  0" is not a criterion: there is a space inside its number'],
  },
  {
    text: 'total_score: {pass: 90%}\ntotal_score: {pass: 90%}\n',
    messages: ['2:1 the key "total_score" appears twice in this mapping'],
  },
  { text: 'total_score: {pass: 90%}\n? [a]\n: b\n', messages: ['2:3 a key must be a string, not a list'] },
  {
    text: 'objectives: [{sli: a, displayName: []}]\n' + total,
    messages: ['1:36 displayName must be a string, not a list'],
  },
  {
    text: 'objectives: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n' + total,
    messages: ['1:13 objectives must be a list, not "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…'],
  },
  {
    text:
      'objectives: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n' +
      total,
    messages: ['1:13 objectives must be a list, not "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…'],
  },
  { text: 'objectives: [{sli: a, <<: 3}]\n' + total, messages: ['1:27 << requires a mapping or a list of mappings'] },
  { text: 'objectives: [{sli: a, pass: *p}]\n' + total, messages: ['1:29 there is no anchor &p before this *p'] },
  { text: 'objectives: &o [{sli: a, pass: *o}]\n' + total, messages: ['1:32 *o is inside the value of &o itself'] },
  {
    text: 'objectives: [{sli: a, displayName: "\u0007"}]\n' + total,
    messages: ['1:37 the character U+0007 is not allowed in YAML'],
  },
  {
    text: 'objectives:\n  - sli: a\n    pass:\n      - criteria:\n          - >=5\n' + total,
    messages: ['5:11 this string needs quotes: it contains characters with a special meaning in YAML'],
  },
  { text: 'total_score: {pass: 90%}\n', messages: ['1:1 there are no objectives, so no evaluation can pass'] },
]) {
  test(`${JSON.stringify(text)} says ${messages.join(' and ')}`, () => {
    expect(saidOfSlo(text)).toEqual(messages)
  })
}

for (const { text, messages } of [
  { text: '', messages: ['1:1 the text does not contain any SLIs'] },
  { text: '- a\n', messages: ['1:1 an SLI file must be a mapping, not a list'] },
  {
    text: 'a: b\nindicator: c\n',
    messages: [
      '1:1 indicators is missing: it maps the name of each indicator to its query',
      '2:1 "indicator" is not a key of an SLI file and has no effect; most likely indicators was intended',
    ],
  },
  {
    text: 'indicators: []\n',
    messages: ['1:13 indicators must be a mapping from the name of each indicator to its query'],
  },
  { text: 'indicators: {}\n', messages: ['1:13 indicators is empty'] },
  {
    text: 'indicators: {a: "", b: [], c: q, d: " "}\n',
    messages: ['1:24 the query of "b" must be a string, not a list'],
  },
  {
    text: 'indicators: {a: "", c: q, d: " "}\n',
    messages: [
      '1:17 the query of "a" is empty, so this indicator cannot be measured',
      '1:30 the query of "d" is empty, so this indicator cannot be measured',
    ],
  },
]) {
  test(`the SLI file ${JSON.stringify(text)} says ${messages.join(' and ')}`, () => {
    expect(saidOfSli(text)).toEqual(messages)
  })
}

describe('what is long, or cannot be shown', () => {
  for (const { name, text, message } of [
    {
      name: 'a long file',
      text: '#'.repeat(524_289),
      message: '1:1 the text has 524289 characters, at most 524288 are read',
    },
    { name: 'deep nesting', text: '['.repeat(251), message: '1:251 lists and mappings are nested more than 250 deep' },
    { name: 'half a character', text: '\ud800', message: '1:1 the character U+D800 is not allowed in YAML' },
    {
      name: 'what is no character',
      text: `# \uFFFE\n${total}`,
      message: '1:3 the character U+FFFE is not allowed in YAML',
    },
    {
      name: 'a long value',
      text: `objectives: ${'x'.repeat(59)}\n${total}`,
      message: `1:13 objectives must be a list, not "${'x'.repeat(59)}…`,
    },
    {
      name: 'a value that is not too long',
      text: `objectives: ${'x'.repeat(58)}\n${total}`,
      message: `1:13 objectives must be a list, not "${'x'.repeat(58)}"`,
    },
    {
      name: 'a long key',
      text: `${'x'.repeat(600)}y: 1\nobjectives: [{sli: a}]\n${total}`,
      message: `1:1 "${'x'.repeat(399)}…`,
    },
  ]) {
    test(`${name}: ${message.slice(0, 60)}`, () => {
      expect(saidOfSlo(text)).toEqual([message])
    })
  }

  test('small limits, to the last value', () => {
    const text = `x-a: &a [1, 2]\nobjectives: [{sli: *a, weight: 0}]\n`
    const codesWithin = (valuesMax: number) => {
      try {
        return parseSlo(text, { ...defaultSloLimits, valuesMax }).findings.map(({ code }) => code)
      } catch (error) {
        if (error instanceof SloError) return error.issues.map(({ message }) => message)
        throw error
      }
    }
    // Eleven that are written, and the three that the alias stands for.
    expect(codesWithin(14)).not.toContainEqual(expect.stringContaining('values'))
    expect(codesWithin(13)).toEqual(['the text has more than 13 values, counting each use of an alias'])
  })

  test('small limits of objectives, criteria and problems', () => {
    const within = (text: string, limits: Partial<SloLimits>) => {
      try {
        parseSlo(text, { ...defaultSloLimits, ...limits })
        return []
      } catch (error) {
        if (error instanceof SloError) return said(error.issues)
        throw error
      }
    }
    const two = `objectives: [{sli: a, pass: [{criteria: [<1]}]}, {sli: b, pass: [{criteria: [<1, y]}]}]\n${total}`
    const good = two.replace(', y', '')
    expect(within(good, { objectivesMax: 2, criteriaMax: 2, charactersMax: good.length })).toEqual([])
    expect(within(good, { objectivesMax: 1 })).toEqual(['1:13 there are 2 objectives, at most 1 are read'])
    expect(within(two, { criteriaMax: 1 })).toEqual(['1:13 the objectives have more than 1 criteria'])
    expect(within(`objectives: [*a, *b, *c]\n${total}`, { issuesMax: 2 })).toHaveLength(2)
    expect(within('[[[]]]', { depthMax: 3 })).toEqual(['1:4 lists and mappings are nested more than 3 deep'])
    expect(within('[[]]', { depthMax: 3 })).toEqual(['1:1 an SLO must be a mapping, not a list'])
  })
})

test('an error tells all it found, each with its place', () => {
  expect(() => parseSli('a: b\nindicators: {c: [], d: []}\n')).toThrow(
    expect.objectContaining({
      name: 'SliError',
      message:
        '2:17: the query of "c" must be a string, not a list\n2:24: the query of "d" must be a string, not a list',
    }),
  )
  expect(() => parseSlo('- a\n')).toThrow(
    expect.objectContaining({ name: 'SloError', message: '1:1: an SLO must be a mapping, not a list' }),
  )
  expect(() => readYaml('[*a, *b]')).toThrow(
    expect.objectContaining({
      name: 'YamlError',
      message: '1:2: there is no anchor &a before this *a\n1:6: there is no anchor &b before this *b',
    }),
  )
})

describe('a file that is no SLO at all is not quoted: it may be a password in the wrong place', () => {
  for (const text of [
    'hunter2\n',
    '"hunter2"',
    '|\n  hunter2\n',
    '*hunter2',
    'user: admin: hunter2\n',
    'user: "hunter2\n',
    'a: [b]\n  hunter2: "c" d\n',
    '@hunter2',
    '- a\n]hunter2',
    '> hunter2',
    '%hunter2\n---\na',
  ]) {
    test(`such as ${JSON.stringify(text)}`, () => {
      for (const parse of [parseSlo, parseSli]) {
        const error = thrownBy(() => parse(text))
        expect(error).toMatchObject({ issues: expect.anything() })
        expect(JSON.stringify(error)).not.toContain('hunter2')
        expect(String(error)).not.toContain('hunter2')
      }
    })
  }

  test('what has the keys of an SLO is quoted, so that it can be corrected', () => {
    expect(thrownBy(() => parseSlo('objectives:\n  - sli: "a "best" b"\n'))).toMatchObject({
      issues: [{ fix: expect.stringContaining('best') }],
    })
  })
})

function thrownBy(task: () => unknown): unknown {
  try {
    task()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}
