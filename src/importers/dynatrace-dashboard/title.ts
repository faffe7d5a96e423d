/** What a tile's title says of its objective. */
export interface Title {
  /** `''` when the title is empty. */
  readonly indicator: string
  readonly displayName: string
  /** Alternatives of criteria that must all hold; empty: the objective is informational. */
  readonly pass: readonly (readonly string[])[]
  readonly warning: readonly (readonly string[])[]
  readonly weight: number
  readonly isKey: boolean
  /** The tile shall not be taken. */
  readonly isExcluded: boolean
  /** Sentences; what they are about has its default. */
  readonly mistakes: readonly string[]
}

/** One piece between semicolons; without an equals sign it is free text. */
export interface Piece {
  readonly key: string
  readonly value: string | undefined
}

type Draft = { -readonly [Key in keyof Title]: Title[Key] }

const criterionPattern = /^(<|<=|=|>|>=)[+-]?\d+(\.\d+)?%?$/

const truths: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'TRUE', 'true', 'True'].map((text) => [text, true] as const),
  ...['0', 'f', 'F', 'FALSE', 'false', 'False'].map((text) => [text, false] as const),
])

/** Those that may stand once. `read` answers with a mistake. */
const singleKeys: Readonly<Record<string, (draft: Draft, value: string) => string | undefined>> = {
  sli: readName,
  key: (draft, value) => readTruth('key', value, (is) => (draft.isKey = is)),
  exclude: (draft, value) => readTruth('exclude', value, (is) => (draft.isExcluded = is)),
  weight: readWeight,
}

/**
 * `Response time;sli=rt;pass=<500,<+10%;pass=<300;warning=<1000;weight=2;key=true`: a comma is and, a repeated key is or. Free
 * text but the first and unknown keys mean nothing. Of a key that may stand once the first counts.
 * Source: keptn-contrib/dynatrace-service 109aa41, internal/sli/dashboard/slo_definition_parsing.go.
 */
export function parseTitle(title: string): Title {
  const mistakes: string[] = []
  const draft: Draft = {
    indicator: '',
    displayName: '',
    pass: [],
    warning: [],
    weight: 1,
    isKey: false,
    isExcluded: false,
    mistakes,
  }
  const seen = new Set<string>()
  for (const [index, { key, value }] of piecesOf(title).entries()) {
    if (value === undefined) {
      if (index === 0) draft.displayName = key
      continue
    }
    const name = key.toLowerCase()
    const read = Object.hasOwn(singleKeys, name) ? singleKeys[name] : undefined
    const mistake = read !== undefined && seen.has(name) ? duplicate(name) : (read ?? readCriteria(name))(draft, value)
    if (mistake !== undefined) mistakes.push(mistake)
    seen.add(name)
  }
  if (draft.indicator === '' && !seen.has('sli')) draft.indicator = indicatorName(draft.displayName)
  return draft
}

export function piecesOf(text: string): readonly Piece[] {
  return text.split(';').map((piece) => {
    const equals = piece.indexOf('=')
    if (equals < 0) return { key: piece.trim(), value: undefined }
    return { key: piece.slice(0, equals).trim(), value: piece.slice(equals + 1).trim() }
  })
}

/** As Keptn's service made names of what stands in a dashboard. */
export function indicatorName(text: string): string {
  return text.toLowerCase().replaceAll(/[ /%$.]/g, '_')
}

/** The objective of one series or row; `srt` of `Service Port: 8080` is `srt_service_port:_8080`. */
export function namedAfter(title: Title, part: string): Title {
  const displayName = `${title.displayName} (${part})`
  return { ...title, indicator: indicatorName(`${title.indicator}_${part}`), displayName }
}

export function duplicate(key: string): string {
  return `duplicate key '${key}': the first one counts`
}

function readName(draft: Draft, value: string): string | undefined {
  if (value === '') return 'the name behind sli= is empty'
  draft.indicator = indicatorName(value)
  if (draft.displayName === '') draft.displayName = value
  return undefined
}

function readTruth(key: string, value: string, take: (is: boolean) => void): string | undefined {
  const is = truths.get(value)
  if (is === undefined) return `${key} must be true or false, not ${JSON.stringify(value)}`
  take(is)
  return undefined
}

function readWeight(draft: Draft, value: string): string | undefined {
  if (!/^\+?\d{1,15}$/.test(value)) return `weight must be a whole number, not ${JSON.stringify(value)}`
  draft.weight = Number(value)
  return undefined
}

function readCriteria(key: string): (draft: Draft, value: string) => string | undefined {
  if (key !== 'pass' && key !== 'warning') return () => undefined
  return (draft, value) => {
    const criteria = value.split(',')
    const wrong = criteria.filter((criterion) => !criterionPattern.test(criterion))
    if (wrong.length > 0) {
      const shown = wrong.map((criterion) => JSON.stringify(criterion)).join(', ')
      return `${key} holds what is no criterion, such as <500 or <=+10%: ${shown}`
    }
    draft[key] = [...draft[key], criteria]
    return undefined
  }
}
