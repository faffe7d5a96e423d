import { expect, test } from 'vitest'
import { freshDatabase } from '../support/database.ts'
import { startReceiver } from '../support/receiver.ts'
import { evaluationsPath, startService } from '../support/service.ts'

const slo = 'objectives: [{sli: a, pass: [{criteria: ["<10"]}]}]\ntotal_score: {pass: 90}\n'
const body = { slo, indicators: [{ metric: 'a', value: 1 }] }

test('when a sink takes an event, everything that waited for it is sent at once', async () => {
  await using scope = new AsyncDisposableStack()
  const receiver = await startReceiver()
  scope.defer(() => receiver.stop())
  const database = await freshDatabase()
  scope.defer(() => database.remove())
  const sinks = [{ name: 'ci', url: receiver.url, types: ['evaluation.finished'] }]
  const service = await startService({ database, settings: { sinks } })
  scope.defer(() => service.stop())

  receiver.answers.push(500)
  const { body: first } = await service.evaluate(body)
  await receiver.until(({ length }) => length === 1)
  // As after many failures, and more: nobody here waits for that.
  let postponed: number | null = 0
  while (postponed === 0) {
    const { rowCount } = await database.database.pool.query(
      `update deliveries as d set due_at = now() + interval '1 hour' where d.last_error is not null`,
    )
    postponed = rowCount
  }
  await service.request('POST', evaluationsPath.replace('carts', 'orders'), { body })
  await receiver.until(({ length }) => length === 3)
  expect(receiver.received[2]?.event['triggeredid']).toBe(first.id)
})
