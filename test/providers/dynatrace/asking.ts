import { onTestFinished } from 'vitest'
import { openProvider, type IndicatorReply, type ProviderInstance } from '../../../providers/index.ts'
import {
  fakeToken,
  startFakeDynatrace,
  type FakeDynatrace,
  type FakeOptions,
  type FakeReply,
} from '../../support/fake-dynatrace.ts'

/** Of the recordings. */
export const window = { start: new Date('2022-09-28T00:00:00Z'), end: new Date('2022-09-29T00:00:00Z') }

export const times = { from: '1664323200000', to: '1664409600000' }

/** Runs until the test is over. */
export async function serve(replies: readonly FakeReply[], options?: FakeOptions): Promise<FakeDynatrace> {
  const server = await startFakeDynatrace(replies, options)
  onTestFinished(() => server.stop())
  return server
}

/** Open until the test is over; `settings` beside the kind. */
export function open(
  settings: object,
  secret: (reference: string) => Promise<string> = () => Promise.resolve(fakeToken),
): ProviderInstance {
  const opened = openProvider('dynatrace', { kind: 'dynatrace', token: 'env:DT_TOKEN', ...settings }, secret, () => 0)
  if (opened.kind === 'invalid') throw new Error(JSON.stringify(opened.mistakes))
  onTestFinished(() => opened.instance.provider.close())
  return opened.instance
}

export function ask(
  { provider }: Pick<ProviderInstance, 'provider'>,
  queries: readonly string[],
  asked: { readonly window?: typeof window; readonly deadlineMs?: number } = {},
): Promise<readonly IndicatorReply[]> {
  return provider.measure({
    window: asked.window ?? window,
    indicators: queries.map((query, index) => ({ name: `indicator ${index}`, query })),
    signal: new AbortController().signal,
    deadline: new Date(Date.now() + (asked.deadlineMs ?? 10_000)),
  })
}

type Values = readonly (number | null)[]

/** A reply of the Metrics API v2 to one expression: its series. */
export function series(resolution: string, ...lists: readonly Values[]): object {
  return collections(resolution, lists)
}

/** The same to several expressions. */
function collections(resolution: string, ...each: readonly (readonly Values[])[]): object {
  const result = each.map((lists) => ({
    metricId: 'builtin:of.the.fake',
    dataPointCountRatio: 0.1,
    dimensionCountRatio: 0.1,
    data: lists.map((values) => ({
      dimensions: [],
      dimensionMap: {},
      timestamps: values.map((_, index) => 1664409600000 - 3_600_000 * (values.length - 1 - index)),
      values,
    })),
  }))
  return { totalCount: each.length, nextPageKey: null, resolution, result }
}

/** A reply of the User sessions API. */
export function table(extrapolationLevel: number, ...values: readonly (readonly (string | number)[])[]): object {
  return { extrapolationLevel, columnNames: (values[0] ?? []).map((_, index) => `column ${index}`), values }
}
