import { describe, expect, test } from 'vitest'
import { refusalOf } from '../../../src/events/webhook.ts'

describe('a status means', () => {
  const now = new Date('2026-11-27T08:00:00Z')
  for (const { status, retryAfter, refusal } of [
    { status: 200, refusal: undefined },
    { status: 204, retryAfter: '5', refusal: undefined },
    { status: 301, refusal: { kind: 'later', message: 'answered 301' } },
    { status: 400, refusal: { kind: 'never', message: 'answered 400' } },
    { status: 404, retryAfter: '5', refusal: { kind: 'never', message: 'answered 404' } },
    { status: 408, refusal: { kind: 'later', message: 'answered 408' } },
    { status: 410, refusal: { kind: 'gone', message: 'answered 410' } },
    { status: 425, refusal: { kind: 'later', message: 'answered 425' } },
    { status: 429, retryAfter: '5', refusal: { kind: 'later', message: 'answered 429', pauseMs: 5_000 } },
    { status: 500, refusal: { kind: 'later', message: 'answered 500' } },
    {
      status: 503,
      retryAfter: 'Fri, 27 Nov 2026 08:01:00 GMT',
      refusal: { kind: 'later', message: 'answered 503', pauseMs: 60_000 },
    },
    {
      status: 503,
      retryAfter: 'Fri, 27 Nov 2026 07:00:00 GMT',
      refusal: { kind: 'later', message: 'answered 503' },
    },
    { status: 503, retryAfter: 'soon', refusal: { kind: 'later', message: 'answered 503' } },
    { status: 503, retryAfter: '999999999', refusal: { kind: 'later', message: 'answered 503', pauseMs: 3_600_000 } },
  ]) {
    test(`${status}${retryAfter === undefined ? '' : ` with Retry-After: ${retryAfter}`}: ${JSON.stringify(refusal)}`, () => {
      expect(refusalOf(status, retryAfter, now)).toEqual(refusal)
    })
  }
})
