import { describe, expect, test } from 'vitest'
import { whyNothing, type Fact, type Look } from '../../../providers/prometheus/absence.ts'

/** Facts at the end of the window and before it: an expression's value, or the time it was last seen. */
interface World {
  readonly now?: Readonly<Record<string, number>>
  readonly before?: Readonly<Record<string, number>>
}

function lookAt({ now = {}, before = {} }: World): Look & { readonly asked: string[] } {
  const asked: string[] = []
  const found = (facts: readonly Fact[], values: Readonly<Record<string, number>>) => {
    asked.push(...facts.map(({ expression }) => expression))
    return Promise.resolve(
      new Map(
        facts.flatMap(({ id, expression }) => {
          const value = values[expression]
          return value === undefined ? [] : [[id, { value, at: value }]]
        }),
      ),
    )
  }
  return { asked, now: (facts) => found(facts, now), before: (facts) => found(facts, before) }
}

const minutes = 60_000
const rate = 'sum(rate(http_total{job="carts",status=~"5.."}[5m]))'
const series = 'http_total{job="carts",status=~"5.."}'
const target = { 'count(http_total)': 9, 'count(http_total{job="carts"})': 3, 'count(http_total{status!=""})': 9 }
const isThere = { ...target, 'count(http_total{job!=""})': 9 }

for (const { name, query, world, why } of [
  {
    name: 'never existed, there is no such metric',
    query: 'sum(rate(http_totl[5m]))',
    world: {},
    why: 'http_totl never existed in the 60 min before the end of the window: there is no metric http_totl',
  },
  {
    name: 'never existed, a target is misspelt',
    query: 'sum(rate(http_total{job="cats",status=~"5.."}[5m]))',
    world: { now: { ...isThere, 'count(http_total{status=~"5.."})': 1 } },
    why: 'http_total{job="cats",status=~"5.."} never existed in the 60 min before the end of the window: no series of http_total has job="cats"',
  },
  {
    name: 'never existed, a label is misspelt',
    query: 'http_total{job="carts",statuss="500"}',
    world: { now: { ...isThere } },
    why: 'http_total{job="carts",statuss="500"} never existed in the 60 min before the end of the window: no series of http_total has statuss="500"',
  },
  {
    name: 'never existed, the target alone does not fit',
    query: 'http_total{job="cats"}',
    world: { now: isThere },
    why: 'http_total{job="cats"} never existed in the 60 min before the end of the window: no series of http_total has job="cats"',
  },
  {
    name: 'ended before the end',
    query: rate,
    world: { before: { [`count(${series})`]: Date.parse('2024-05-01T00:20:00Z') } },
    why: `${series} ended before the end of the window: last seen at about 2024-05-01T00:20:00.000Z`,
  },
  {
    name: 'too few samples, one where two are needed',
    query: rate,
    world: { now: { [`count(${series})`]: 1, [`max(count_over_time(${series}[5m]))`]: 1 } },
    why: `${series}[5m] has too few samples for its range (1): use a range of several scrape intervals, or a longer window if the range is the window`,
  },
  {
    name: 'too few samples, none at all',
    query: 'max_over_time(x[10s])',
    world: { now: { 'count(x)': 1 } },
    why: 'x[10s] has too few samples for its range (0): use a range of several scrape intervals, or a longer window if the range is the window',
  },
  {
    name: 'no such event',
    query: rate,
    world: { now: isThere },
    why: 'no such event: http_total{job="carts"} exists at the end of the window, but no series of it has status=~"5.."; if that means zero, add "or vector(0)" to what is counted, or set onEmpty: 0',
  },
  {
    name: 'no such event, in a quotient',
    query: `${rate} / sum(rate(http_total{job="carts"}[5m]))`,
    world: { now: { ...isThere, 'max(count_over_time(http_total{job="carts"}[5m]))': 20 } },
    why: 'no such event: http_total{job="carts"} exists at the end of the window, but no series of it has status=~"5.."; if that means zero, add "or vector(0)" to what is counted, or set onEmpty: 0',
  },
  {
    name: 'no such event, nothing meets a comparison',
    query: 'x{a=">"} > 5',
    world: { now: { 'count(x{a=">"})': 1 } },
    why: 'no such event: the series it reads exist at the end of the window, but none meets the comparison; if that means zero, add "or vector(0)" to what is counted, or set onEmpty: 0',
  },
  {
    name: 'everything is there',
    query: 'a / b',
    world: { now: { 'count(a)': 1, 'count(b)': 1 } },
    why: 'the series it reads exist at the end of the window, but its operators or functions return nothing: do the labels on both sides match?',
  },
  { name: 'nothing is read', query: 'vector(1) > 2', world: {}, why: undefined },
  { name: 'another time is looked at', query: 'x offset 1d', world: {}, why: undefined },
]) {
  test(`nothing was found: ${name}`, async () => {
    expect(await whyNothing(query, 5 * minutes, lookAt(world))).toBe(why)
  })
}

describe('advice that would turn a typo into a pass', () => {
  for (const { query, world } of [
    { query: 'x{job="a",status="500",handler="/y"}', world: { 'count(x)': 1, 'count(x{job="a",status="500"})': 0 } },
    { query: 'x{status="500"}', world: { 'count(y)': 1 } },
    {
      query: 'x{namespace="prd",job="a"}',
      world: { 'count(x)': 1, 'count(x{namespace="prd"})': 1, 'count(x{job="a"})': 1 },
    },
  ]) {
    test(`is not given for ${query}`, async () => {
      const why = await whyNothing(query, 5 * minutes, lookAt({ now: world }))
      expect(why).toMatch(/never existed/)
      expect(why).not.toMatch(/vector|onEmpty/)
    })
  }
})

test('gives no reason if the extra query fails', async () => {
  const blind: Look = { now: () => Promise.resolve(undefined), before: () => Promise.resolve(undefined) }
  expect(await whyNothing('x', 5 * minutes, blind)).toBeUndefined()
})

test('searches twice the length of a long window', async () => {
  const why = await whyNothing('x', 60 * minutes, lookAt({}))
  expect(why).toBe('x never existed in the 120 min before the end of the window: there is no metric x')
})
