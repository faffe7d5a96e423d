import { randomUUID } from 'node:crypto'
import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { jetstream, jetstreamManager, type ConsumerInfo } from '@nats-io/jetstream'
import { connect, headers, type NatsConnection } from '@nats-io/transport-node'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { waitFor } from '../../../demo/wait.ts'
import { PharosError } from '../../../src/base/errors.ts'
import type { IncomingEvent } from '../../../src/intake/cloudevent.ts'
import { createNatsIntake, type NatsIntakeDeps } from '../../../src/intake/nats-intake.ts'
import { createNatsLink } from '../../../src/net/nats-connection.ts'
import type { TerminatedMessage } from '../../../src/intake/rejected-message.ts'
import { natsServerMs, startNatsServer, type NatsServer } from '../../support/nats-server.ts'
import { startService, type TestService } from '../../support/service.ts'

const taskType = 'sh.keptn.event.evaluation.triggered'
const stageType = 'sh.keptn.event.staging.evaluation.triggered'
const slo = 'x-gate: none\nobjectives: [{sli: a}]\ntotal_score: {pass: 90}\n'

let scope: AsyncDisposableStack
beforeEach(() => {
  scope = new AsyncDisposableStack()
})
afterEach(() => scope.disposeAsync())

const startServer = async (): Promise<NatsServer> =>
  startNatsServer(await mkdtemp(join(inject('testFolder'), 'nats-')), scope)

async function connected(server: NatsServer): Promise<NatsConnection> {
  const connection = await connect({ servers: server.url })
  scope.defer(() => connection.close())
  return connection
}

/** A control plane's connection, and the stream that it made. */
async function withStream(server: NatsServer): Promise<NatsConnection> {
  const connection = await connected(server)
  await (await jetstreamManager(connection)).streams.add({ name: 'keptn', subjects: ['sh.keptn.event.>'] })
  return connection
}

function trigger(type: string = taskType, data: object = {}): Record<string, unknown> & { readonly id: string } {
  const where = { project: 'shop', stage: 'staging', service: 'carts' }
  return { specversion: '1.0', id: randomUUID(), source: 'shipyard', type, data: { ...where, ...data } }
}

/** What a durable has left: neither brought nor acknowledged. */
async function untilEmpty(connection: NatsConnection, form: 'task' | 'stage'): Promise<ConsumerInfo> {
  const { consumers } = await jetstreamManager(connection)
  return waitFor(`nothing is left of ${form}`, 60_000, async () => {
    const info = await consumers.info('keptn', `pharos-${form}`).catch(() => undefined)
    return info?.num_pending === 0 && info.num_ack_pending === 0 ? info : undefined
  })
}

async function scoreHistory(service: TestService): Promise<readonly { readonly result: string }[]> {
  const path = '/v1/projects/shop/stages/staging/services/carts/score-history'
  return (await service.request('GET', path)).body.items
}

describe('a service', () => {
  test(
    'judges triggers of both forms and modes, one that comes twice once, and goes on when nats-server was killed',
    async () => {
      const server = await startServer()
      const connection = await withStream(server)
      const settings = { nats: { servers: [server.url] } }
      const service = await startService({ files: { 'shop/slo.yaml': slo }, settings })
      scope.defer(() => service.stop())
      const stream = jetstream(connection)

      const task = trigger()
      await stream.publish(taskType, JSON.stringify(task))
      await stream.publish(taskType, JSON.stringify(task))
      await stream.publish(stageType, JSON.stringify(trigger(stageType)))
      const binary = headers()
      const attributes = { specversion: '1.0', id: 'büro', source: 'shipyard', type: taskType }
      for (const [name, value] of Object.entries(attributes)) binary.set(`ce-${name}`, encodeURIComponent(value))
      binary.set('content-type', 'application/json')
      await stream.publish(taskType, JSON.stringify(trigger()['data']), { headers: binary })
      await untilEmpty(connection, 'task')
      await untilEmpty(connection, 'stage')
      await waitFor('three are judged', 20_000, async () =>
        (await scoreHistory(service)).length === 3 ? true : undefined,
      )

      await server.kill()
      await server.start()
      await waitFor('one more is published', 20_000, async () =>
        stream.publish(taskType, JSON.stringify(trigger())).then(
          () => true as const,
          () => undefined,
        ),
      )
      await waitFor('it is judged', 60_000, async () => ((await scoreHistory(service)).length === 4 ? true : undefined))
      await untilEmpty(connection, 'task')
      expect((await scoreHistory(service)).map(({ result }) => result)).toEqual(['pass', 'pass', 'pass', 'pass'])
    },
    natsServerMs,
  )

  test(
    'asks for no signature there, whatever the settings are for events over HTTP',
    async () => {
      const server = await startServer()
      const connection = await withStream(server)
      const signatures = [{ source: 'shipyard', kind: 'hmac', secret: 'env:SHIPYARD' }]
      const service = await startService({
        files: { 'shop/slo.yaml': slo },
        settings: { nats: { servers: [server.url] }, events: { unlisted: 'refuse', signatures } },
        env: { SHIPYARD: 'x' },
      })
      scope.defer(() => service.stop())
      const stream = jetstream(connection)
      const listed = trigger()
      await stream.publish(taskType, JSON.stringify(listed))
      await stream.publish(taskType, JSON.stringify({ ...trigger(), source: 'stranger' }))
      await untilEmpty(connection, 'task')
      await waitFor('both are judged', 20_000, async () =>
        (await scoreHistory(service)).length === 2 ? true : undefined,
      )

      const invalidated = { ...trigger('sh.keptn.event.evaluation.invalidated'), triggeredid: listed.id }
      const reply = await service.request('POST', '/v1/events', {
        headers: { 'content-type': 'application/cloudevents+json' },
        body: invalidated,
      })
      expect(reply).toMatchObject({ status: 401, body: { code: 'signature_invalid' } })
    },
    natsServerMs,
  )
})

test(
  'a trigger beyond what may be queued stays in the stream until there is room',
  async () => {
    const server = await startServer()
    const connection = await withStream(server)
    const settings = { nats: { servers: [server.url] }, limits: { queued: 1 } }
    const service = await startService({ files: { 'shop/slo.yaml': slo }, settings })
    scope.defer(() => service.stop())
    const toCome = { window: { start: new Date().toISOString(), timeframe: '1h' } }
    const path = '/v1/projects/shop/stages/staging/services/carts/evaluations'
    const first = await service.request('POST', path, { body: toCome })
    const { start, timeframe } = toCome.window
    await jetstream(connection).publish(
      taskType,
      JSON.stringify(trigger(taskType, { evaluation: { start, timeframe } })),
    )
    const { consumers } = await jetstreamManager(connection)
    await waitFor('it is put back', 60_000, async () => {
      const info = await consumers.info('keptn', 'pharos-task').catch(() => undefined)
      return info !== undefined && info.num_redelivered > 0 ? info : undefined
    })
    await service.request('DELETE', `/v1/evaluations/${first.body.id}`)
    await untilEmpty(connection, 'task')
    expect((await service.request('POST', path, { body: toCome })).body.code).toBe('queue_full')
  },
  natsServerMs,
)

/** An intake of `server` whose deciding and keeping is the test's. */
function startIntake(server: NatsServer, deps: Partial<NatsIntakeDeps>, createStream = false): void {
  const log = pino({ level: 'silent' })
  const settings = {
    servers: [server.url],
    stream: 'keptn',
    createStream,
    triggers: true,
    durable: 'pharos',
    token: undefined,
  }
  const link = createNatsLink(settings, { token: async () => undefined, log })
  const intake = createNatsIntake(settings, {
    link,
    acceptEvent: async () => undefined,
    keepTerminated: async () => undefined,
    isUnavailable: () => false,
    ping: async () => undefined,
    log,
    ...deps,
  })
  link.start()
  intake.start()
  scope.defer(async () => {
    await intake.stop()
    await link.stop()
  })
}

describe('a message', () => {
  test(
    'is acknowledged when its event is accepted, and not before',
    async () => {
      const server = await startServer()
      const connection = await withStream(server)
      const accepting = Promise.withResolvers<void>()
      const came: IncomingEvent[] = []
      startIntake(server, {
        acceptEvent: (event) => {
          came.push(event)
          return accepting.promise
        },
      })
      const event = trigger()
      await jetstream(connection).publish(taskType, JSON.stringify(event))
      await waitFor('it came', 20_000, async () => (came.length > 0 ? true : undefined))
      const { consumers } = await jetstreamManager(connection)
      expect((await consumers.info('keptn', 'pharos-task')).num_ack_pending).toBe(1)
      accepting.resolve()
      await untilEmpty(connection, 'task')
      expect(came.map(({ id }) => id)).toEqual([event.id])
    },
    natsServerMs,
  )

  test(
    'comes again until the database is back',
    async () => {
      const server = await startServer()
      const connection = await withStream(server)
      let [tries, pings] = [0, 0]
      startIntake(server, {
        acceptEvent: async () => {
          tries += 1
          if (tries === 1) throw new Error('nobody answers')
        },
        isUnavailable: () => true,
        ping: async () => {
          pings += 1
          if (pings === 1) throw new Error('not yet')
        },
      })
      await jetstream(connection).publish(taskType, JSON.stringify(trigger()))
      await waitFor('it came again', 30_000, async () => (tries === 2 ? true : undefined))
      await untilEmpty(connection, 'task')
      expect([tries, pings]).toEqual([2, 2])
    },
    natsServerMs,
  )

  test(
    'that met an error of ours comes again',
    async () => {
      const server = await startServer()
      const connection = await withStream(server)
      let tries = 0
      startIntake(server, {
        acceptEvent: async () => {
          tries += 1
          if (tries < 3) throw tries === 1 ? new Error('a mistake') : new PharosError('evaluation_not_ended', 'not yet')
        },
      })
      await jetstream(connection).publish(stageType, JSON.stringify(trigger(stageType)))
      await waitFor('it came three times', 30_000, async () => (tries === 3 ? true : undefined))
      await untilEmpty(connection, 'stage')
      expect(tries).toBe(3)
    },
    natsServerMs,
  )

  test(
    'that finds the queue of its project full comes again, however often',
    async () => {
      const server = await startServer()
      const connection = await withStream(server)
      let tries = 0
      startIntake(server, {
        acceptEvent: async () => {
          tries += 1
          if (tries < 13) throw new PharosError('queue_full', 'project shop has 1 evaluations queued')
        },
        keepTerminated: async () => expect.unreachable('it was terminated'),
        queueFullMs: 20,
      })
      await jetstream(connection).publish(taskType, JSON.stringify(trigger()))
      await untilEmpty(connection, 'task')
      expect(tries).toBe(13)
    },
    natsServerMs,
  )

  test(
    'that is no event is terminated once its reason is kept, and those behind it are taken',
    async () => {
      const server = await startServer()
      const connection = await withStream(server)
      const kept: TerminatedMessage[] = []
      const came: string[] = []
      let failures = 1
      startIntake(server, {
        acceptEvent: async ({ id }) => came.push(id),
        keepTerminated: async (message) => {
          failures -= 1
          if (failures >= 0) throw new Error('the database is away')
          kept.push(message)
        },
      })
      const stream = jetstream(connection)
      await stream.publish(taskType, '{"specversion":')
      const event = trigger()
      await stream.publish(taskType, JSON.stringify(event))
      await waitFor('the second came', 20_000, async () => (came.length > 0 ? true : undefined))
      await waitFor('the first is terminated', 60_000, async () => (kept.length > 0 ? true : undefined))
      await untilEmpty(connection, 'task')
      expect(came).toEqual([event.id])
      expect(kept).toMatchObject([
        {
          stream: 'keptn',
          sequence: 1,
          subject: taskType,
          code: 'unreadable_body',
          reason: expect.stringMatching(/^.{10,}$/),
        },
      ])
      expect(new TextDecoder().decode(kept[0]?.body)).toBe('{"specversion":')
    },
    natsServerMs,
  )
})

test(
  'where there is no stream it is made, with one durable for each form and one filter for each durable',
  async () => {
    const server = await startServer()
    startIntake(server, {}, true)
    const connection = await connected(server)
    const [task, stage] = [await untilEmpty(connection, 'task'), await untilEmpty(connection, 'stage')]
    expect([task, stage].map(({ config }) => config)).toMatchObject([
      { filter_subject: taskType, ack_policy: 'explicit' },
      { filter_subject: 'sh.keptn.event.*.evaluation.triggered', ack_policy: 'explicit' },
    ])
  },
  natsServerMs,
)
