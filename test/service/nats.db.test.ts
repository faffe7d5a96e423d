import { randomUUID } from 'node:crypto'
import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { jetstream, jetstreamManager, type JsMsg } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import { waitFor } from '../../demo/wait.ts'
import { eventId, finishedType, startedType } from '../../src/announcing/keptn-events.ts'
import { createNatsLink, type NatsLink } from '../../src/net/nats-connection.ts'
import { publish } from '../../src/announcing/delivery/nats-publish.ts'
import { natsServerMs, startNatsServer, type NatsServer } from '../support/nats-server.ts'
import { startReceiver } from '../support/receiver.ts'
import { startService, type TestService } from '../support/service.ts'

const slo = 'objectives: [{sli: a, pass: [{criteria: ["<10"]}]}]\ntotal_score: {pass: 90}\n'
const body = { slo, indicators: [{ metric: 'a', value: 1 }] }

let scope: AsyncDisposableStack
beforeEach(() => {
  scope = new AsyncDisposableStack()
})
afterEach(() => scope.disposeAsync())

async function startServer(
  options: { readonly isStarted?: boolean; readonly token?: string } = {},
): Promise<NatsServer> {
  return startNatsServer(await mkdtemp(join(inject('testFolder'), 'nats-')), scope, options)
}

async function serviceWith(settings: object): Promise<TestService> {
  const service = await startService({ settings })
  scope.defer(() => service.stop())
  return service
}

interface Published {
  readonly id: string | undefined
  readonly subject: string
  readonly contentType: string | undefined
  readonly body: string
}

/** What the stream holds, in its order, once that is so many messages. */
async function published(url: string, count: number, token?: string): Promise<readonly Published[]> {
  const connection = await connect({ servers: url, ...(token === undefined ? {} : { token }) })
  try {
    const manager = await jetstreamManager(connection)
    await waitFor(`${count} messages`, 40_000, async () => {
      const info = await manager.streams.info('keptn').catch(() => undefined)
      return (info?.state.messages ?? 0) >= count ? true : undefined
    })
    const { state } = await manager.streams.info('keptn')
    const consumer = await jetstream(connection).consumers.get('keptn')
    const messages: JsMsg[] = []
    for await (const message of await consumer.fetch({ max_messages: state.messages, expires: 5_000 })) {
      messages.push(message)
    }
    return messages.map(({ subject, headers, data }) => ({
      id: headers?.get('Nats-Msg-Id'),
      subject,
      contentType: headers?.get('Content-Type'),
      body: new TextDecoder().decode(data),
    }))
  } finally {
    await connection.close()
  }
}

test(
  'started and finished are published in order, each with its id and the bytes that a sink gets',
  async () => {
    const server = await startServer()
    const receiver = await startReceiver()
    scope.defer(() => receiver.stop())
    const service = await serviceWith({
      sinks: [{ name: 'ci', url: receiver.url }],
      nats: { servers: [server.url], createStream: true },
    })
    const { body: evaluation } = await service.evaluate({ ...body, labels: { team: 'Größe' } })
    const events = await published(server.url, 2)
    expect(events.map(({ id, subject }) => [id, subject])).toEqual([
      [eventId(evaluation.id, startedType), startedType],
      [eventId(evaluation.id, finishedType), finishedType],
    ])
    await receiver.until(({ length }) => length === 2)
    expect(events.map(({ contentType, body: text }) => ({ contentType, body: text }))).toEqual(
      receiver.received.map(({ contentType, body: text }) => ({ contentType, body: text })),
    )
  },
  natsServerMs,
)

test(
  'nats-server is away at the start and killed later: evaluations end all the same, and every event arrives once, in order',
  async () => {
    const server = await startServer({ isStarted: false })
    const service = await serviceWith({ nats: { servers: [server.url], createStream: true } })
    const ids: string[] = []
    const evaluate = async (): Promise<void> => {
      const reply = await service.evaluate(body)
      expect([reply.status, reply.body.result]).toEqual([201, 'pass'])
      ids.push(reply.body.id)
    }
    await evaluate()
    await server.start()
    await published(server.url, 2)
    for (let death = 0; death < 2; death += 1) {
      await server.kill()
      await evaluate()
      await server.start()
      await evaluate()
    }
    const events = await published(server.url, 2 * ids.length)
    const told = ids.flatMap((id) => [eventId(id, startedType), eventId(id, finishedType)])
    expect(events.map(({ id }) => id)).toEqual(told)
    expect((await service.request('GET', '/readyz')).status).toBe(200)
  },
  natsServerMs,
)

async function linkTo(
  server: NatsServer,
  { createStream, token }: { readonly createStream: boolean; readonly token?: string },
): Promise<NatsLink> {
  const isConnected = Promise.withResolvers<void>()
  const link = createNatsLink(
    { servers: [server.url], stream: 'keptn', createStream },
    { token: async () => token, log: pino({ level: 'silent' }) },
  )
  scope.defer(() => link.stop())
  link.onConnected(isConnected.resolve)
  link.start()
  await isConnected.promise
  return link
}

const event = { eventId: randomUUID(), eventType: startedType, body: '{"specversion":"1.0"}' }

test(
  'an event that is sent again, since its acknowledgement was lost, is in the stream once',
  async () => {
    const server = await startServer({ token: 'a token' })
    const link = await linkTo(server, { createStream: true, token: 'a token' })
    expect(await publish(event, link, 5_000)).toBeUndefined()
    await server.kill()
    expect(await publish(event, link, 500)).toMatch(/^(not connected to NATS|NATS did not take it: .+)$/)
    await server.start()
    await waitFor('it is taken', 20_000, async () =>
      (await publish(event, link, 5_000)) === undefined ? true : undefined,
    )
    expect(await published(server.url, 1, 'a token')).toHaveLength(1)
  },
  natsServerMs,
)

test(
  'a stream that somebody else makes is waited for, and left as it is',
  async () => {
    const server = await startServer()
    const link = await linkTo(server, { createStream: false })
    expect(await publish(event, link, 2_000)).toMatch(/^NATS did not take it: /)
    const connection = await connect({ servers: server.url })
    const { streams } = await jetstreamManager(connection)
    await streams.add({ name: 'keptn', subjects: ['sh.keptn.>'], max_msgs: 7 })
    expect(await publish(event, link, 2_000)).toBeUndefined()
    const other = await linkTo(server, { createStream: true })
    expect(await publish(event, other, 2_000)).toBeUndefined()
    const { config, state } = await streams.info('keptn')
    expect([config.subjects, config.max_msgs, state.messages]).toEqual([['sh.keptn.>'], 7, 1])
    await connection.close()
  },
  natsServerMs,
)
