import { jetstream } from '@nats-io/jetstream'
import { headers } from '@nats-io/transport-node'
import type { Delivery } from '../outgoing-event.ts'
import { sentenceOf, type NatsLink } from '../../net/nats-connection.ts'

/** Undefined when the stream has the event, which may be the second time; else a sentence why not. Never rejects. */
export async function publish(
  { eventId, eventType, body }: Pick<Delivery, 'eventId' | 'eventType' | 'body'>,
  link: NatsLink,
  timeoutMs: number,
): Promise<string | undefined> {
  const connection = link.current()
  if (connection === undefined) return 'not connected to NATS'
  try {
    await link.ensureStream(connection)
    const attributes = headers()
    attributes.set('Content-Type', 'application/cloudevents+json; charset=utf-8')
    const expect = { streamName: link.stream }
    await jetstream(connection).publish(eventType, body, {
      msgID: eventId,
      headers: attributes,
      timeout: timeoutMs,
      expect,
    })
    return undefined
  } catch (error) {
    link.doubtStream()
    return `NATS did not take it: ${sentenceOf(error)}`
  }
}
