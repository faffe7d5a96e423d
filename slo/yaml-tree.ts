import { isAlias, isMap, isScalar, isSeq, type Document, type ParsedNode, type Scalar, type YAMLMap } from 'yaml'

/** A value in a YAML text, with the offset at which it begins. An alias is the value that it refers to. */
export type YamlValue = YamlScalar | YamlList | YamlMap

export interface YamlScalar {
  readonly kind: 'scalar'
  readonly at: number
  /** A plain scalar as it is written (`1.10` stays `1.10`), a quoted or block scalar without quotes and escapes. */
  readonly text: string
  readonly isPlain: boolean
  /** `!!int` is `tag:yaml.org,2002:int`. */
  readonly tag: string | undefined
}

interface YamlList {
  readonly kind: 'list'
  readonly at: number
  readonly items: readonly YamlValue[]
}

export interface YamlMap {
  readonly kind: 'map'
  readonly at: number
  /** Its own entries in order, then those merged by `<<`. */
  readonly entries: readonly YamlEntry[]
}

export interface YamlEntry {
  readonly key: YamlValue
  readonly value: YamlValue
}

/** A problem at an offset of the text. */
export interface TreeIssue {
  readonly code: string
  readonly message: string
  readonly at: number
  /** What to write instead, if known. */
  readonly fix?: string
}

export interface YamlTree {
  readonly root: YamlValue | undefined
  readonly issues: readonly TreeIssue[]
}

/** State while a tree is built, in document order: an anchor refers to the last value with its name. */
interface Building {
  readonly anchors: Map<string, Anchored | 'unfinished'>
  readonly issues: TreeIssue[]
  readonly valuesMax: number
  /** Counts the value of an alias each time it is used, since a reader of the tree visits it each time. */
  valuesCount: number
}

interface Anchored {
  readonly value: YamlValue
  readonly valuesCount: number
}

/** A document as a tree. Aliased values are shared but counted in full, so that a small text cannot cause endless work. */
export function buildTree(document: Document.Parsed, valuesMax: number): YamlTree {
  if (document.contents === null) return { root: undefined, issues: [] }
  if (isAlias(document.contents)) {
    // Not quoted: a file that is a single string may be anything, such as a password in the wrong place.
    const at = document.contents.range[0]
    return { root: empty(at), issues: [{ code: 'unknown_alias', message: 'there is no anchor before this alias', at }] }
  }
  const building: Building = { anchors: new Map(), issues: [], valuesMax, valuesCount: 0 }
  const root = build(document.contents, building)
  if (building.valuesCount > valuesMax) {
    const message = `the text has more than ${valuesMax} values, counting each use of an alias`
    building.issues.push({ code: 'too_many_values', message, at: 0 })
  }
  return { root, issues: building.issues }
}

const nullTag = 'tag:yaml.org,2002:null'

/** Whether a value is null: empty, `~` or `null` in YAML. */
export function isNull(value: YamlValue): boolean {
  if (value.kind !== 'scalar' || !['', '~', 'null', 'Null', 'NULL'].includes(value.text)) return false
  return value.tag === nullTag || (value.isPlain && value.tag === undefined)
}

function build(node: ParsedNode, building: Building): YamlValue {
  const at = node.range[0]
  if (building.valuesCount >= building.valuesMax) return beyond(at, building)
  if (isAlias(node)) return aliased(node.source, at, building)
  const { anchor } = node
  const valuesBefore = building.valuesCount
  building.valuesCount += 1
  if (anchor !== undefined) building.anchors.set(anchor, 'unfinished')
  const value = isScalar(node) ? scalar(node, at, building) : collection(node, at, building)
  if (anchor !== undefined) {
    building.anchors.set(anchor, { value, valuesCount: building.valuesCount - valuesBefore })
  }
  return value
}

function aliased(anchor: string, at: number, building: Building): YamlValue {
  const anchored = building.anchors.get(anchor)
  if (anchored !== undefined && anchored !== 'unfinished') {
    building.valuesCount += anchored.valuesCount
    return building.valuesCount > building.valuesMax ? beyond(at, building) : anchored.value
  }
  building.issues.push(
    anchored === undefined
      ? { code: 'unknown_alias', message: `there is no anchor &${anchor} before this *${anchor}`, at }
      : { code: 'alias_loop', message: `*${anchor} is inside the value of &${anchor} itself`, at },
  )
  return empty(at)
}

/** A stand-in for values beyond the limit; the tree is refused anyway. */
function beyond(at: number, building: Building): YamlValue {
  building.valuesCount = building.valuesMax + 1
  return empty(at)
}

/** NUL and unpaired surrogates, which no database can store; escapes such as \0 or \ud800 can produce them. */
const unstorable = /\0|\p{Cs}/u

function scalar(node: Scalar, at: number, building: Building): YamlScalar {
  const text = typeof node.value === 'string' ? node.value : ''
  const character = unstorable.exec(text)?.[0].codePointAt(0)
  if (character !== undefined) {
    const code = character.toString(16).toUpperCase().padStart(4, '0')
    building.issues.push({
      code: 'bad_character',
      message: `the string contains the character U+${code}, which is not allowed`,
      at,
    })
  }
  return {
    kind: 'scalar',
    at,
    text,
    isPlain: node.type === 'PLAIN',
    tag: node.tag,
  }
}

function collection(node: Exclude<ParsedNode, Scalar>, at: number, building: Building): YamlValue {
  if (isSeq(node)) return { kind: 'list', at, items: node.items.map((item) => build(item, building)) }
  if (isMap(node)) return { kind: 'map', at, entries: entries(node, building) }
  return empty(at)
}

function entries(map: YAMLMap.Parsed, building: Building): readonly YamlEntry[] {
  const own: YamlEntry[] = []
  const sources: YamlMap[] = []
  for (const pair of map.items) {
    const key = build(pair.key, building)
    const value = pair.value === null ? empty(pair.key.range[1]) : build(pair.value, building)
    if (key.kind === 'scalar' && key.isPlain && key.text === '<<') sources.push(...mergeSources(value, building))
    else own.push({ key, value })
  }
  if (sources.length === 0) return own
  const taken = new Set(own.map(({ key }) => (key.kind === 'scalar' ? key.text : key)))
  for (const { key, value } of sources.flatMap((source) => source.entries)) {
    const name = key.kind === 'scalar' ? key.text : key
    if (taken.has(name)) continue
    taken.add(name)
    own.push({ key, value })
  }
  return own
}

/** The mappings that `<<` merges, in order of precedence. */
function mergeSources(value: YamlValue, building: Building): readonly YamlMap[] {
  const sources = value.kind === 'list' ? value.items : [value]
  const maps = sources.filter((source) => source.kind === 'map')
  if (maps.length < sources.length) {
    building.issues.push({ code: 'bad_merge', message: '<< requires a mapping or a list of mappings', at: value.at })
  }
  return maps
}

function empty(at: number): YamlScalar {
  return { kind: 'scalar', at, text: '', isPlain: true, tag: undefined }
}
