import { jetstream } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'

/** Puts a text into the stream; answers whether the server said that it has it. */
export type Publish = (subject: string, body: string) => Promise<boolean>

const ackMs = 2_000

/** A control plane that speaks NATS: it stays connected through every death of the server. */
export async function createPublisher(url: string, scope: AsyncDisposableStack): Promise<Publish> {
  const connection = await connect({ servers: url, maxReconnectAttempts: -1, reconnectTimeWait: 200 })
  scope.defer(() => connection.close())
  const stream = jetstream(connection)
  return async (subject, body) => {
    try {
      // Without a message id: what is published again since its acknowledgement was lost is in the stream twice.
      await stream.publish(subject, body, { timeout: ackMs })
      return true
    } catch {
      return false
    }
  }
}
