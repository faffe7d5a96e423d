import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { waitFor } from '../../../demo/wait.ts'
import { startedType } from '../../../src/announcing/keptn-events.ts'
import { createNatsLink } from '../../../src/net/nats-connection.ts'
import { publish } from '../../../src/announcing/delivery/nats-publish.ts'
import { natsServerMs, startNatsServer } from '../../support/nats-server.ts'
import { networkTo } from '../../support/proxy.ts'

test(
  'a connection that is lost without a word is made again within 30 s; until then events are not taken',
  async () => {
    await using scope = new AsyncDisposableStack()
    const folder = await mkdtemp(join(tmpdir(), 'pharos-nats-link-'))
    scope.defer(() => rm(folder, { recursive: true }))
    const server = await startNatsServer(folder, scope)
    const { url, network } = await networkTo(server.url, scope)
    const settings = { servers: [url], stream: 'keptn', createStream: true }
    const link = createNatsLink(settings, { token: async () => undefined, log: pino({ level: 'silent' }) })
    scope.defer(() => link.stop())
    link.start()
    const isTaken = async (): Promise<true | undefined> => {
      const event = { eventId: randomUUID(), eventType: startedType, body: '{"specversion":"1.0"}' }
      return (await publish(event, link, 500)) === undefined ? true : undefined
    }
    await waitFor('an event is taken', 10_000, isTaken)
    network.strand()
    expect(await isTaken()).toBeUndefined()
    await waitFor('an event is taken again', 30_000, isTaken)
  },
  natsServerMs,
)
