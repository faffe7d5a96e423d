import type { FastifyPluginAsyncZod } from '@fastify/type-provider-zod'
import { z } from 'zod'
import { PharosError } from '../errors.ts'
import type { Evaluation } from '../evaluation.ts'
import type { HistoryEntry, HistoryPage, HistoryPlace } from '../history.ts'
import type { ServiceKey } from '../service.ts'
import { ServicePath } from './request.ts'
import { EvaluationWire, toWire } from './wire.ts'

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
  comparedEvaluations: true,
  finishedAt: true,
  invalidation: true,
})

const ScoreHistory = z
  .object({
    items: z.array(HistoryItem),
    page: z.object({ next: z.string().nullable(), prev: z.string().nullable() }),
  })
  .meta({ id: 'ScoreHistory' })

const Query = z.strictObject({
  limit: z.coerce.number().int().min(1).max(limitMax).default(limitDefault),
  cursor: z.string().max(200).optional(),
})

const Cursor = z.tuple([z.enum(['older', 'newer']), z.iso.datetime(), z.uuid()])

export interface ScoreHistoryDeps {
  readonly scoreHistory: (service: ServiceKey, place: HistoryPlace | undefined, limit: number) => Promise<HistoryPage>
}

/** GET …/score-history: what became of every build, newest first. */
export function scoreHistoryRoutes(deps: ScoreHistoryDeps): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/v1/projects/:project/stages/:stage/services/:service/score-history',
      {
        schema: {
          summary: "A service's scores, newest first",
          params: ServicePath,
          querystring: Query,
          response: { 200: ScoreHistory },
        },
      },
      async ({ params, query }) => {
        const place = query.cursor === undefined ? undefined : toPlace(query.cursor)
        const { entries, hasMore } = await deps.scoreHistory(params, place, query.limit)
        const isNewer = place?.towards === 'newer'
        return {
          items: entries.map(({ evaluation }) => toItem(evaluation)),
          page: {
            next: isNewer || hasMore ? toCursor('older', entries.at(-1)) : null,
            prev: (isNewer ? hasMore : place !== undefined) ? toCursor('newer', entries[0]) : null,
          },
        }
      },
    )
  }
}

function toItem(evaluation: Evaluation): z.infer<typeof HistoryItem> {
  return toWire(evaluation)
}

function toCursor(towards: HistoryPlace['towards'], entry: HistoryEntry | undefined): string | null {
  if (entry === undefined) return null
  return Buffer.from(JSON.stringify([towards, entry.finishedAt, entry.evaluation.id])).toString('base64url')
}

function toPlace(cursor: string): HistoryPlace {
  try {
    const [towards, finishedAt, id] = Cursor.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()))
    return { towards, finishedAt, id }
  } catch (cause) {
    throw new PharosError('invalid_cursor', 'the cursor is not one of this list: take it from page.next or page.prev', {
      cause,
    })
  }
}
