import { z } from 'zod'
import { padLeft, padRight, printable, widthOf, withoutEnd, withoutMiddle } from './columns.ts'
import type { Command } from './command.ts'
import { shownNumber } from './report/report.ts'
import { serverOf, serverOptions } from './server.ts'
import { serviceOptions, servicePath } from './service.ts'
import { sparkline } from './sparkline.ts'
import { CommandError, exitCodes, usageError, type Terminal } from './terminal.ts'

const limitMax = 100
const reachMs = 10_000

const Page = z.looseObject({
  items: z.array(
    z.looseObject({
      id: z.string(),
      state: z.string(),
      result: z.string().nullable(),
      score: z.number().nullable(),
      labels: z.record(z.string(), z.string()),
      finishedAt: z.string().nullable(),
    }),
  ),
})
const Values = z.looseObject({
  indicatorResults: z.array(z.looseObject({ metric: z.string(), value: z.number().nullable() })),
})

type Item = z.infer<typeof Page>['items'][number]

export const historyCommand: Command = {
  name: 'history',
  summary: 'What became of the last evaluations of a service, newest first, and how its indicators went.',
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
    const ended = items.filter(({ finishedAt }) => finishedAt !== null)
    const values = await Promise.all(
      ended.map(async ({ id }) =>
        Values.parse(await server.ask({ method: 'GET', path: `/v1/evaluations/${id}` }, until)),
      ),
    )
    terminal.out([...rowsOf(items, terminal), ...seriesOf(values, terminal)].map((line) => `${line}\n`).join(''))
    return exitCodes.ok
  },
}

const heading = ['finished (UTC)', 'result', 'score', 'labels'] as const

function rowsOf(items: readonly Item[], { columns }: Terminal): readonly string[] {
  if (items.length === 0) return []
  const rows = items.map(({ finishedAt, state, result, score, labels }) => [
    finishedAt?.slice(0, 19).replace('T', ' ') ?? '',
    state === 'succeeded' ? (result ?? '') : state,
    shownNumber(score),
    differingFirst(labels, items)
      .map(([name, value]) => `${name}=${value}`)
      .join(' '),
  ])
  const table = [heading, ...rows].map((row) => row.map(printable))
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => widthOf(row[column] ?? ''))))
  return table.map(([at = '', result = '', score = '', labels = '']) => {
    const start = [padRight(at, widths[0] ?? 0), padRight(result, widths[1] ?? 0), padLeft(score, widths[2] ?? 0)].join(
      '  ',
    )
    return `${start}  ${withoutEnd(labels, Math.max(8, columns - widthOf(start) - 2))}`.trimEnd()
  })
}

/** What all have alike tells nothing, and may be long. */
function differingFirst(labels: Item['labels'], items: readonly Item[]): readonly (readonly [string, string])[] {
  const isAlike = ([name, value]: readonly [string, string]): boolean =>
    items.every((item) => item.labels[name] === value)
  const entries = Object.entries(labels)
  return [...entries.filter((entry) => !isAlike(entry)), ...entries.filter(isAlike)]
}

/** A line for each indicator, oldest value first. */
function seriesOf(evaluations: readonly z.infer<typeof Values>[], { columns }: Terminal): readonly string[] {
  const names = [
    ...new Set(evaluations.flatMap(({ indicatorResults }) => indicatorResults.map(({ metric }) => metric))),
  ]
  const width = Math.min(Math.max(0, ...names.map((name) => widthOf(name))), Math.floor(columns / 3))
  const lines = names.map((name) => {
    const values = evaluations
      .toReversed()
      .map(({ indicatorResults }) => indicatorResults.find(({ metric }) => metric === name)?.value ?? null)
    const last = values.findLast((value) => value !== null) ?? null
    const room = Math.max(8, columns - width - 18)
    const shownName = padRight(withoutMiddle(printable(name), width), width)
    if (last === null) return `${shownName}  never measured`
    return `${shownName}  ${sparkline(values.slice(-room))}  ${shownNumber(last)}`
  })
  return lines.length === 0 ? [] : ['', ...lines]
}
