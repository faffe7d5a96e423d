import type { FastifyPluginAsyncZod } from '@fastify/type-provider-zod'
import { z } from 'zod'
import type { Evaluation } from '../../evaluation/evaluation.ts'
import type { HistoryEntry, HistoryPage, HistoryPlace } from '../../history/score-history-page.ts'
import type { ServiceKey } from '../../base/names.ts'
import { fromCursor, pageOf, toCursor } from '../cursor.ts'
import { CursorText, pageLimit, PageWire, ServicePath } from '../wire/requests.ts'
import { EvaluationWire, toWire } from '../wire/evaluation.ts'

const limitDefault = 50
const limitMax = 100

const HistoryItem = EvaluationWire.pick({
  id: true,
  state: true,
  result: true,
  score: true,
  reasons: true,
  window: true,
  labels: true,
  gitCommitId: true,
  attempt: true,
  retryOf: true,
  retry: true,
  comparedEvaluations: true,
  finishedAt: true,
  invalidation: true,
}).extend({
  inline: z.boolean().describe("Judged by an inline SLO, so not part of the service's history"),
})

const ScoreHistory = z
  .object({
    items: z.array(HistoryItem),
    page: PageWire,
  })
  .meta({ id: 'ScoreHistory' })

const Query = z.strictObject({
  limit: pageLimit(limitDefault, limitMax),
  cursor: CursorText.optional(),
})

/** A time that PostgreSQL reads too, which knows no year 0. */
const Moment = z.iso.datetime().refine((text) => !text.startsWith('0000') && !Number.isNaN(Date.parse(text)))

const Cursor = z.tuple([z.enum(['older', 'newer']), Moment, z.uuid()])

export interface ScoreHistoryResource {
  readonly page: (service: ServiceKey, place: HistoryPlace | undefined, limit: number) => Promise<HistoryPage>
}

/** GET …/score-history: what became of every build, newest first. */
export function scoreHistoryRoutes(history: ScoreHistoryResource): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/v1/projects/:project/stages/:stage/services/:service/score-history',
      {
        schema: {
          summary: "A service's scores, newest first",
          description: 'A name that neither the definitions nor any evaluation has is 404, with the nearest one.',
          params: ServicePath,
          querystring: Query,
          response: { 200: ScoreHistory },
        },
      },
      async ({ params, query }) => {
        const place = query.cursor === undefined ? undefined : toPlace(query.cursor)
        const { entries, hasMore } = await history.page(params, place, query.limit)
        return {
          items: entries.map(({ evaluation }) => toItem(evaluation)),
          page: pageOf(entries, place, hasMore, cursorOf),
        }
      },
    )
  }
}

function toItem(evaluation: Evaluation): z.infer<typeof HistoryItem> {
  return { ...toWire(evaluation), inline: evaluation.slo?.inline ?? false }
}

function cursorOf(towards: HistoryPlace['towards'], { finishedAt, evaluation }: HistoryEntry): string {
  return toCursor([towards, finishedAt, evaluation.id])
}

function toPlace(cursor: string): HistoryPlace {
  const [towards, finishedAt, id] = fromCursor(Cursor, cursor)
  return { towards, finishedAt, id }
}
