import { expect, test } from 'vitest'
import { answerOfReply } from '../../../providers/prometheus/failure.ts'
import recorded from './recorded.json' with { type: 'json' }

/** Replies of a real Prometheus 2.42 to instant queries, each with the outcome that is right for it. */
for (const { name, status, contentType, body, outcome, value } of recorded) {
  test(`${name} is ${value ?? outcome}`, () => {
    const reply = { status, contentType, retryAfter: '', isJson: true, body }
    const asked = { endpoint: 'http://127.0.0.1:9090/api/v1/query', credentials: undefined, notFoundCure: '' }
    const answer = answerOfReply(reply, asked)
    expect(answer).toMatchObject(value === undefined ? { outcome } : { outcome, value })
  })
}
