import { z } from 'zod'
import { shownAlone, shownObjective, shownScore } from '../../../slo/index.ts'
import { padLeft, padRight, printable, widthOf, withoutEnd, withoutMiddle, wrapped } from '../columns.ts'
import type { Command } from '../command.ts'
import { serverOf, serverOptions } from '../server.ts'
import { serviceOptions, servicePath } from '../service.ts'
import { sparkline } from '../sparkline.ts'
import { invalidatedText, Standing, Target, TotalScore } from '../standing.ts'
import { CommandError, exitCodes, usageError, type Terminal } from '../terminal.ts'

const limitMax = 100
const reachMs = 10_000

const Page = z.looseObject({
  items: z.array(
    z.looseObject({
      id: z.string(),
      state: z.string(),
      result: z.string().nullable(),
      score: z.number().nullable(),
      ...Standing.shape,
      inline: z.boolean().nullish(),
      labels: z.record(z.string(), z.string()),
      finishedAt: z.string().nullable(),
    }),
  ),
})
const Whole = z.looseObject({
  slo: z.looseObject({ totalScore: TotalScore }).nullable(),
  indicatorResults: z.array(
    z.looseObject({
      metric: z.string(),
      value: z.number().nullable(),
      comparedValue: z.number().nullable(),
      passTargets: z.array(Target),
      warningTargets: z.array(Target),
    }),
  ),
})
type Whole = z.infer<typeof Whole>

type Item = z.infer<typeof Page>['items'][number]

export const historyCommand: Command = {
  name: 'history',
  summary: 'List the last evaluations of a service, newest first, with the course of its indicators.',
  options: {
    ...serviceOptions,
    limit: { value: '20', text: `how many, at most ${limitMax} (20)` },
    json: { text: 'the list as JSON' },
    ...serverOptions,
  },
  examples: [
    'pharos history --project shop --stage staging --service carts',
    'pharos history --project shop --stage staging --service carts --limit 5 --json',
  ],
  run: async (parsed, terminal) => {
    const server = serverOf(parsed, terminal)
    const limit = Number(parsed.one('limit') ?? 20)
    if (!Number.isInteger(limit) || limit < 1 || limit > limitMax) {
      throw usageError(`--limit must be a whole number from 1 to ${limitMax}`)
    }
    const until = new Date(terminal.now().getTime() + reachMs)
    const path = `${servicePath(parsed)}/score-history?limit=${limit}`
    const body = await server.ask({ method: 'GET', path }, until)
    const page = Page.safeParse(body)
    if (!page.success) throw new CommandError(exitCodes.unreachable, `${server.url} does not answer as Pharos does`)
    const { items } = page.data
    if (parsed.has('json')) {
      terminal.out(`${JSON.stringify(items, null, 2)}\n`)
      return exitCodes.ok
    }
    if (items.length === 0) terminal.say('there are no evaluations of this service yet')
    const shown = await Promise.all(
      items.map(async (item) => {
        const request = { method: 'GET', path: `/v1/evaluations/${item.id}` } as const
        return { ...item, whole: Whole.parse(await server.ask(request, until)) }
      }),
    )
    terminal.out([...rowsOf(shown, terminal), ...seriesOf(shown, terminal)].map((line) => `${line}\n`).join(''))
    return exitCodes.ok
  },
}

interface ShownItem extends Item {
  readonly whole: Whole
}

const heading = ['finished (UTC)', 'result', 'score', 'labels'] as const

function rowsOf(items: readonly ShownItem[], { columns }: Terminal): readonly string[] {
  if (items.length === 0) return []
  const rows = items.map((item) => [
    item.finishedAt?.slice(0, 19).replace('T', ' ') ?? '',
    item.invalidation === null ? outcomeOf(item) : 'invalidated',
    scoreOf(item),
    [
      ...(item.inline === true ? ['inline'] : []),
      ...(item.attempt > 1 ? [`attempt ${item.attempt}`] : []),
      ...(typeof item.retry === 'number' ? [`retry ${item.retry}`] : []),
      ...differingFirst(item.labels, items).map(([name, value]) => `${name}=${value}`),
    ].join(' '),
  ])
  const table = [heading, ...rows].map((row) => row.map(printable))
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => widthOf(row[column] ?? ''))))
  return table.flatMap(([at = '', result = '', score = '', labels = ''], place) => {
    const start = [padRight(at, widths[0] ?? 0), padRight(result, widths[1] ?? 0), padLeft(score, widths[2] ?? 0)].join(
      '  ',
    )
    const row = `${start}  ${withoutEnd(labels, Math.max(8, columns - widthOf(start) - 2))}`.trimEnd()
    const item = items[place - 1]
    return item === undefined ? [row] : [row, ...besides(item).flatMap((line) => wrapped(`  ${line}`, columns))]
  })
}

function outcomeOf({ state, result }: Item): string {
  return state === 'succeeded' ? (result ?? '') : state
}

function scoreOf({ score, whole }: ShownItem): string {
  if (score === null) return ''
  return whole.slo === null ? shownAlone(score) : shownScore(score, whole.slo.totalScore)
}

/** What does not fit into a row. */
function besides(item: Item): readonly string[] {
  const { invalidation } = item
  return invalidation === null ? [] : [printable(invalidatedText(invalidation, `was ${outcomeOf(item)}`))]
}

/** What all have alike tells nothing, and may be long. */
function differingFirst(labels: Item['labels'], items: readonly Item[]): readonly (readonly [string, string])[] {
  const isAlike = ([name, value]: readonly [string, string]): boolean =>
    items.every((item) => item.labels[name] === value)
  const entries = Object.entries(labels)
  return [...entries.filter((entry) => !isAlike(entry)), ...entries.filter(isAlike)]
}

/** A line for each indicator, oldest value first. */
function seriesOf(items: readonly ShownItem[], { columns }: Terminal): readonly string[] {
  const evaluations = items.map(({ whole }) => whole)
  const names = [
    ...new Set(evaluations.flatMap(({ indicatorResults }) => indicatorResults.map(({ metric }) => metric))),
  ]
  const width = Math.min(Math.max(0, ...names.map((name) => widthOf(name))), Math.floor(columns / 3))
  const lines = names.map((name) => {
    const results = evaluations
      .toReversed()
      .map(({ indicatorResults }) => indicatorResults.find(({ metric }) => metric === name))
    const values = results.map((result) => result?.value ?? null)
    const last = results.findLast((result) => typeof result?.value === 'number')
    const room = Math.max(8, columns - width - 18)
    const shownName = padRight(withoutMiddle(printable(name), width), width)
    if (last === undefined) return `${shownName}  never measured`
    return `${shownName}  ${sparkline(values.slice(-room))}  ${shownObjective(last).value ?? ''}`
  })
  return lines.length === 0 ? [] : ['', ...lines]
}
