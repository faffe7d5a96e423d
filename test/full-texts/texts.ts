import { Lexer } from 'yaml'

/** Texts as long, and with as many parts, as a reader takes: the same few characters again and again. */

export interface FullText {
  /** What it is made of, for messages. */
  readonly name: string
  readonly text: string
}

interface Family {
  readonly opening?: string
  readonly unit: string | ((place: number) => string)
  readonly closing?: string
}

/** Structure, and nothing else. */
const anyYaml: readonly Family[] = [
  '[',
  '{',
  '(',
  ']',
  '}',
  ',',
  '- ',
  '-\n',
  '? ',
  ': ',
  '\n',
  '#\n',
  '\t',
  ' ',
  '\r',
  '\r\n',
  '---\n',
  '...\n',

  '%YAML 1.1\n',
  '& ',
  '*a ',
  '!a ',
  '!!int ',
  '"a" ',
  "'a' ",
  '" ',
  "' ",
  '"',
  "'",
  '\\',
  '| ',
  '> ',
  '|\n',
  '@ ',
  '`',
  '- a\n',
  '- &a b\n',
  '- !a b\n',
  '- "\\0"\n',
  '- [a]\n',
  '- {a: b}\n',
  'a\n',
  'a: b\n',
  '<<: *a\n',
  '\u2028',
  '\0',
].map((unit) => ({ unit }))

const flows: readonly Family[] = [
  ...['a,', '[],', '{},', '"",', ',', 'a: b,', '? a,', '&a b,', '!a b,', '*a,', '[[a]],', "'a'\n,"].flatMap((unit) => [
    { opening: '[', unit, closing: ']' },
    { opening: '{', unit, closing: '}' },
  ]),
  { opening: '- &a b\n', unit: '- *a\n' },
  { opening: 'a: &a {b: c}\nd:\n', unit: '  - <<: *a\n' },
  { opening: 'a: "', unit: 'b', closing: '"' },
  { opening: 'a: "', unit: '\\n', closing: '"' },
  { opening: 'a: "', unit: 'b\n  ', closing: '"' },
  { opening: 'a: |\n', unit: '  b\n' },
  { opening: 'a: >\n', unit: '  b\n' },
  { opening: 'a:\n', unit: '  b\n' },
  { opening: 'a: ', unit: 'b ' },
  { opening: 'a: b', unit: ' #' },
  { unit: (place) => `k${place}: v\n` },
  { unit: (place) => `k${place}:\n` },
  { unit: (place) => `- &k${place} v\n` },
  { unit: (place) => `? k${place}\n` },
  { opening: 'a: [', unit: (place) => `&k${place} v,`, closing: ']' },
]

const total = '\ntotal_score: {pass: 90}\n'

const slos: readonly Family[] = [
  { opening: 'objectives:\n', unit: (place) => `  - {sli: m${place}, pass: [{criteria: ["<5"]}]}\n`, closing: total },
  { opening: 'objectives:\n', unit: '  - sil: a\n', closing: total },
  { opening: 'objectives:\n', unit: (place) => `  - {sli: "m${place} ", pas: 1, weight: 0}\n`, closing: total },
  { opening: 'objectives: [{sli: a, pass: [{criteria: [', unit: '"<5",', closing: `]}]}]${total}` },
  { opening: 'objectives: [{sli: a, pass: [{criteria: [', unit: (place) => `<${place}%,`, closing: `]}]}]${total}` },
  { opening: 'objectives: [{sli: a, pass: [', unit: '{criteria: ["<5"]},', closing: `]}]${total}` },
  { opening: 'objectives: [{sli: a, pass: [', unit: (place) => `{criteria: ["=${place}"]},`, closing: `]}]${total}` },
  { opening: 'x: &s {criteria: ["<5"]}\nobjectives: [{sli: a, pass: [', unit: '*s,', closing: `]}]${total}` },
  { opening: 'x: &s {sli: a, pass: [{criteria: ["<5"]}]}\nobjectives: [', unit: '*s,', closing: `]${total}` },
  { opening: 'x: &s {sli: a}\nobjectives: [', unit: '{<<: *s},', closing: `]${total}` },
  { opening: 'objectives: [{sli: a}]\nfilter:\n', unit: (place) => `  k${place}: v\n`, closing: total },
  { unit: (place) => `objectivs${place}: 1\n` },
  { unit: (place) => `x${place}bjectives: 1\n` },
]

const slis: readonly Family[] = [
  { opening: 'indicators:\n', unit: (place) => `  m${place}: up\n` },
  { opening: 'indicators:\n', unit: (place) => `  m${place}:\n` },
  { opening: 'indicators: {a: "', unit: '$LABEL.b', closing: '"}' },
  { opening: 'indicators: {a: "', unit: (place) => `$LABEL.b${place} `, closing: '"}' },
  { opening: 'indicators: {a: "', unit: '$', closing: '"}' },
  { opening: 'indicators: {a: "', unit: '${', closing: '"}' },
  { opening: 'indicators: {a: "', unit: '$LABEL.a.', closing: '"}' },
]

const settings: readonly Family[] = [
  { opening: 'services: [', unit: (place) => `s${place},`, closing: ']' },
  { opening: 'services: [', unit: '" ",', closing: ']' },
  { opening: 'services:\n', unit: (place) => `  s${place}: {displayName: x}\n` },
  { opening: 'services:\n', unit: (place) => `  "${place}!": {display: x}\n` },
  { opening: 'stages:\n', unit: (place) => `  s${place}: {providers: {p: q}, window: {x: y}}\n` },
  { opening: 'requests: {values: [', unit: '"*",', closing: ']}' },
  { opening: 'indicators:\n', unit: (place) => `  s${place}: {a: b}\n` },
  { opening: 'indicators:\n', unit: (place) => `  s${place}: x\n` },
  { opening: 'providers:\n', unit: (place) => `  p${place}: {kind: prometheus, url: x}\n` },
  { opening: 'providers:\n', unit: (place) => `  p${place}: x\n` },
  { opening: 'sinks:\n', unit: (place) => `  - {name: s${place}, url: "http://a.example"}\n` },
  { opening: 'sinks:\n', unit: '  - {name: s, url: x}\n' },
  { opening: 'events: {signatures: [', unit: '{source: a, kind: hmac, secret: "env:A"},', closing: ']}' },
  { opening: 'a: &a [b]\nx: &x [', unit: '*a,', closing: ']\ny: *x\n' },
]

export const yamlFamilies = {
  slo: [...anyYaml, ...flows, ...slos],
  sli: [...anyYaml, ...flows, ...slis],
  settings: [...anyYaml, ...flows, ...settings],
}

const event = '{"specversion":"1.0","id":"a","source":"s","type":"sh.keptn.event.evaluation.triggered",'

export const jsonFamilies: readonly Family[] = [
  ...['[', '{', ']', ',', '"', '\\', '0', '-', ' ', '[],', '{"a":'].map((unit) => ({ unit })),
  ...['0,', '{},', '[],', '"a",', 'null,', '{"metric":"a","value":1},', '{"metric":"a","value":"b"},', '{"a":1},'].map(
    (unit) => ({
      opening: '{"indicators":[',
      unit,
      closing: '0]}',
    }),
  ),
  { opening: '{"indicators":[', unit: (place) => `{"metric":"m${place}","value":1},`, closing: '{}]}' },
  { opening: '{"indicators":[{"metric":"a","value":', unit: '1', closing: '}]}' },
  { opening: '{"indicators":[{"metric":"a","value":0.', unit: '1', closing: '}]}' },
  { opening: '{"indicators":[{"metric":"a","value":1e', unit: '9', closing: '}]}' },
  { opening: '{"labels":{', unit: (place) => `"k${place}":1,`, closing: '"k":""}}' },
  { opening: '{"labels":{', unit: (place) => `"k${place}":"v",`, closing: '"k":""}}' },
  { opening: '{"labels":{', unit: '"k":"v",', closing: '"k":""}}' },
  { opening: '{', unit: (place) => `"k${place}":1,`, closing: '"k":1}' },
  { opening: '{"__proto__":1,"a":[', unit: '0,', closing: '0]}' },
  { opening: '{"slo":"__proto__","indicators":[', unit: '0,', closing: '0]}' },
  { opening: '{"slo":"', unit: '\\u005f', closing: '"}' },
  { opening: '{"window":{"start":"', unit: '1', closing: '"}}' },
  { opening: '{"gitCommitId":"', unit: 'a', closing: '"}' },
  {
    opening: '{"indicatorsFrom":{"format":"k6","content":{"metrics":{',
    unit: (place) => `"m${place}":{"values":{"a":1}},`,
    closing: '"m":{}}}}}',
  },
  { opening: `${event}"data":{`, unit: (place) => `"k${place}":1,`, closing: '"k":1}}' },
  { opening: event, unit: (place) => `"k${place}":1,`, closing: '"k":1}' },
  { opening: `${event}"data":{"labels":{`, unit: (place) => `"k${place}":1,`, closing: '"k":1}}}' },
  { opening: `${event}"subject":"`, unit: 'a', closing: '"}' },
  { opening: `${event}"time":"`, unit: '1', closing: '"}' },
  { opening: `${event}"dataschema":"`, unit: 'a:', closing: '"}' },
]

/** What a reader takes, `count` of which are parts. */
interface Size {
  readonly charactersMax: number
  readonly partsMax: number
  readonly count: (text: string) => number
}

/** How much of a text is counted, to know how many parts the whole of it has. */
const sampleCharacters = 20_000

/** A family's longest text, and the longest one that does not have too many parts. */
export function fullTexts(family: Family, { charactersMax, partsMax, count }: Size): readonly FullText[] {
  const full = filled(family, charactersMax)
  const name = JSON.stringify([family.opening, unitOf(family, 1), family.closing].filter((part) => part !== undefined))
  const partsPerCharacter = count(filled(family, sampleCharacters)) / sampleCharacters
  const within = Math.floor((partsMax * 0.97) / partsPerCharacter)
  if (within >= charactersMax) return [{ name, text: full }]
  return [
    { name, text: full },
    { name: `${name}, not too many`, text: filled(family, within) },
  ]
}

function filled(family: Family, characters: number): string {
  const { opening = '', closing = '' } = family
  const units: string[] = []
  let left = characters - opening.length - closing.length
  for (let place = 0; ; place += 1) {
    const unit = unitOf(family, place)
    if (unit.length > left) break
    units.push(unit)
    left -= unit.length
  }
  return `${opening}${units.join('')}${closing}`
}

function unitOf({ unit }: Family, place: number): string {
  return typeof unit === 'string' ? unit : unit(place)
}

/** As the YAML library's lexer counts. */
export function lexemesIn(text: string): number {
  let count = 0
  for (const _ of new Lexer().lex(text)) count += 1
  return count
}

/** As our reader of JSON counts. */
export function valuesIn(text: string): number {
  return text.match(/[[{,]/g)?.length ?? 0
}
