import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { createWitness, type Witness } from './witness.ts'

const batch = 500
const expiresMs = 5_000

/** What Pharos published to the stream, in its order; the triggers in it are others'. */
export async function readStream(url: string): Promise<Witness> {
  const witness = createWitness()
  const connection = await connect({ servers: url })
  try {
    const { state } = await (await jetstreamManager(connection)).streams.info('keptn')
    const consumer = await jetstream(connection).consumers.get('keptn')
    let read = 0
    while (read < state.messages) {
      const before = read
      const wanted = Math.min(batch, state.messages - read)
      for await (const message of await consumer.fetch({ max_messages: wanted, expires: expiresMs })) {
        read += 1
        if (!message.subject.endsWith('.triggered')) witness.record(message.string())
      }
      if (read === before) throw new Error(`the stream gave ${read} of its ${state.messages} messages`)
    }
  } finally {
    await connection.close()
  }
  return witness
}
