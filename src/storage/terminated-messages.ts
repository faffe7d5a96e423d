import type pg from 'pg'
import type { TerminatedMessage } from '../intake/rejected-message.ts'

/** Keeps why a message was terminated; the same one again, whose termination the stream has missed, is there already. */
export async function keepTerminated(pool: pg.Pool, message: TerminatedMessage): Promise<void> {
  const { stream, sequence, publishedAt, subject, code, reason, body } = message
  await pool.query(
    `insert into terminated_messages (stream, sequence, published_at, subject, code, reason, body)
     values ($1, $2, $3, $4, $5, $6, $7)
         on conflict do nothing`,
    [stream, sequence, publishedAt, subject, code, reason, Buffer.from(body)],
  )
}
