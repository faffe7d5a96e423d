import { expect, test } from 'vitest'
import { keepTerminated } from '../../../src/storage/terminated-messages.ts'
import { freshDatabase } from '../../support/database.ts'

test('a message that is terminated again is kept once; the same place of a stream made anew is another message', async () => {
  const fresh = await freshDatabase()
  try {
    const { pool } = fresh.database
    const message = {
      stream: 'keptn',
      sequence: 1,
      publishedAt: new Date('2026-11-26T10:00:00.123Z'),
      subject: 'sh.keptn.event.evaluation.triggered',
      code: 'unreadable_body',
      reason: 'the body is not JSON',
      body: Uint8Array.of(0, 255),
    }
    await keepTerminated(pool, message)
    await keepTerminated(pool, { ...message, reason: 'told otherwise' })
    await keepTerminated(pool, { ...message, publishedAt: new Date('2026-11-27T10:00:00Z') })
    const { rows } = await pool.query('select reason, body from terminated_messages order by published_at')
    const first = { reason: message.reason, body: Buffer.from(message.body) }
    expect(rows).toEqual([first, first])
  } finally {
    await fresh.remove()
  }
})
