import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { createWitness, type Witness } from './witness.ts'

const batch = 500
const expiresMs = 5_000

/** What the stream holds in the end, in its order. */
export async function readStream(url: string): Promise<Witness> {
  const witness = createWitness()
  const connection = await connect({ servers: url })
  try {
    const { state } = await (await jetstreamManager(connection)).streams.info('keptn')
    const consumer = await jetstream(connection).consumers.get('keptn')
    while (witness.taken() < state.messages) {
      const before = witness.taken()
      const wanted = Math.min(batch, state.messages - before)
      for await (const message of await consumer.fetch({ max_messages: wanted, expires: expiresMs })) {
        witness.record(message.string())
      }
      if (witness.taken() === before) throw new Error(`the stream gave ${before} of its ${state.messages} messages`)
    }
  } finally {
    await connection.close()
  }
  return witness
}
