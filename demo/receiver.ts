import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { z } from 'zod'
import { urlOf } from './port.ts'
import { waitFor } from './wait.ts'

/** A CloudEvent of Pharos, as far as the demo looks into it; the rest stays in it. */
const CloudEvent = z.looseObject({
  id: z.string(),
  type: z.string(),
  data: z.looseObject({ evaluation: z.looseObject({ id: z.string() }) }),
})
export type CloudEvent = z.infer<typeof CloudEvent>

/** A sink: takes every CloudEvent that is posted to it. */
export interface Receiver {
  readonly url: string
  /** Every delivery that announced the end of an evaluation, in order of arrival; the same event may arrive again. */
  finished(evaluationId: string): readonly CloudEvent[]
  /** Waits for the first of them. */
  nextFinished(evaluationId: string): Promise<CloudEvent>
  close(): Promise<void>
}

const finishedType = 'sh.keptn.event.evaluation.finished'
const deliveryLimitMs = 15_000

/** Listens on a free loopback port. Answers 400 to what is no event of an evaluation. */
export async function startReceiver(): Promise<Receiver> {
  const deliveries: CloudEvent[] = []
  const server = createServer((request, response) => void take(request, response))

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const event = await eventOf(request)
    if (event !== undefined) deliveries.push(event)
    response.writeHead(event === undefined ? 400 : 204).end()
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const finished = (evaluationId: string) =>
    deliveries.filter(({ type, data }) => type === finishedType && data.evaluation.id === evaluationId)
  return {
    url: urlOf(server),
    finished,
    nextFinished: (id) => waitFor(`the finished event of ${id} arrives`, deliveryLimitMs, () => finished(id)[0]),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Never rejects: a body that breaks off or is no JSON is no event. */
async function eventOf(request: IncomingMessage): Promise<CloudEvent | undefined> {
  try {
    const chunks: Uint8Array[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'))
    return isCloudEvent(body) ? body : undefined
  } catch {
    return undefined
  }
}

/** Not parsed into a new object, because the story shows what arrived. */
function isCloudEvent(body: unknown): body is CloudEvent {
  return CloudEvent.safeParse(body).success
}
