/** One condition of a selector, such as `job="carts"`. */
export interface Matcher {
  readonly label: string
  readonly text: string
}

/** Selects the series of one metric, or their samples over a range. */
export interface Selector {
  /** Undefined if only matchers name the metric. */
  readonly name: string | undefined
  readonly matchers: readonly Matcher[]
  /** `5m` of `x[5m]`; undefined for a single sample, even in a subquery. */
  readonly range: string | undefined
}

const blank = /(?:\s|#[^\n]*)+/y
const text = /"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*'|`[^`]*`/y
const number = /(?:\d|\.\d)[\w.]*/y
const word = /[A-Za-z_:][\w:]*/y
const label = /[A-Za-z_][\w.]*/y
const operator = /=~|!~|!=|=/y
const brackets = /\[([^\]]*)\]/y
const labelList = /\([^()]*\)/y

const beforeLabels = ['by', 'without', 'on', 'ignoring', 'group_left', 'group_right']
const operators = [...beforeLabels, 'and', 'or', 'unless', 'bool', 'atan2', 'inf', 'nan', 'default', 'if', 'ifnot']

/** Aggregations before `by (…)`, whose parenthesis comes later. */
const beforeBy = /\s*(?:by|without)\b/iy

/** Keywords that shift a query's time, or refer to text outside the query. */
const elsewhere = ['offset', 'with']

/**
 * The selectors of a query, each once, parsed just well enough to find their series. Undefined if the query is not understood,
 * or if its selectors refer to a different time.
 */
export function selectorsIn(query: string): readonly Selector[] | undefined {
  const reader = new Reader(query)
  const found = new Map<string, Selector>()
  while (!reader.isAtEnd) {
    if (reader.take(blank) ?? reader.take(text) ?? reader.take(number)) continue
    if (reader.next === '@') return undefined
    const name = reader.take(word)?.[0]
    if (name === undefined && reader.next !== '{') {
      // A subquery's range, or an operator.
      if (reader.take(brackets) === undefined) reader.skip()
      continue
    }
    const lower = name?.toLowerCase()
    if (lower !== undefined && elsewhere.includes(lower)) return undefined
    if (name !== undefined && isNoSelector(name, reader)) continue
    const selector = selectorAt(name, reader)
    if (selector === undefined) return undefined
    found.set(`${selectorText(selector)}[${selector.range ?? ''}]`, selector)
  }
  return [...found.values()]
}

/** A selector in PromQL. */
export function selectorText({ name = '', matchers }: Pick<Selector, 'name' | 'matchers'>): string {
  return name !== '' && matchers.length === 0 ? name : `${name}{${matchers.map((matcher) => matcher.text).join(',')}}`
}

/** Whether a name is a function, an aggregation or an operator; also consumes the labels that follow it. */
function isNoSelector(name: string, reader: Reader): boolean {
  const lower = name.toLowerCase()
  reader.take(blank)
  if (beforeLabels.includes(lower)) {
    reader.take(labelList)
    return true
  }
  return operators.includes(lower) || reader.next === '(' || reader.sees(beforeBy)
}

function selectorAt(name: string | undefined, reader: Reader): Selector | undefined {
  const matchers = reader.next === '{' ? matchersAt(reader) : []
  if (matchers === undefined) return undefined
  reader.take(blank)
  const range = reader.take(brackets)?.[1]
  return { name, matchers, range: range?.includes(':') === true ? undefined : range?.trim() }
}

function matchersAt(reader: Reader): readonly Matcher[] | undefined {
  const matchers: Matcher[] = []
  reader.skip()
  for (;;) {
    reader.take(blank)
    if (reader.next === '}') {
      reader.skip()
      return matchers
    }
    const quoted = reader.take(text)?.[0]
    const name = quoted ?? reader.take(label)?.[0]
    if (name === undefined) return undefined
    reader.take(blank)
    const sign = reader.take(operator)?.[0]
    reader.take(blank)
    const value = sign === undefined ? undefined : reader.take(text)?.[0]
    // A quoted name without an operator is the name of the metric.
    if (value === undefined && (sign !== undefined || quoted === undefined)) return undefined
    matchers.push(
      value === undefined
        ? { label: '__name__', text: name }
        : { label: quoted?.slice(1, -1) ?? name, text: `${name}${sign}${value}` },
    )
    reader.take(blank)
    if (reader.next === ',') reader.skip()
    else if (reader.next !== '}') return undefined
  }
}

/** A place in a text. */
class Reader {
  readonly #text: string
  #at = 0

  constructor(whole: string) {
    this.#text = whole
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length
  }

  /** The next character; undefined at the end. */
  get next(): string | undefined {
    return this.#text[this.#at]
  }

  /** Consumes the match of a sticky expression at this place; undefined if it does not match. */
  take(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.#at
    const found = expression.exec(this.#text) ?? undefined
    if (found !== undefined) this.#at = expression.lastIndex
    return found
  }

  sees(expression: RegExp): boolean {
    expression.lastIndex = this.#at
    return expression.test(this.#text)
  }

  skip(): void {
    this.#at += 1
  }
}
