import { describe, expect, test } from 'vitest'
import { askedWaitMs, backoffMs } from '../../../providers/http/retry.ts'

describe('the wait before a retry', () => {
  for (const { retry, limitMs } of [
    { retry: 0, limitMs: 400 },
    { retry: 1, limitMs: 800 },
    { retry: 4, limitMs: 6_400 },
    { retry: 5, limitMs: 8_000 },
    { retry: 50, limitMs: 8_000 },
  ]) {
    test(`number ${retry} is anywhere from 0 to ${limitMs} ms`, () => {
      expect(backoffMs(retry, () => 0)).toBe(0)
      expect(backoffMs(retry, () => 0.5)).toBe(limitMs / 2)
      expect(backoffMs(retry, () => 1)).toBe(limitMs)
    })
  }
})

describe('what Retry-After asks for', () => {
  const now = new Date('2024-05-01T00:00:00Z')
  for (const { header, waitMs } of [
    { header: '0', waitMs: 0 },
    { header: '120', waitMs: 120_000 },
    { header: 'Wed, 01 May 2024 00:00:30 GMT', waitMs: 30_000 },
    { header: 'Tue, 30 Apr 2024 23:59:00 GMT', waitMs: 0 },
    { header: '', waitMs: undefined },
    { header: '1.5', waitMs: undefined },
    { header: '-1', waitMs: undefined },
    { header: '12345678901234567890', waitMs: undefined },
    { header: '2024-05-01', waitMs: undefined },
    { header: 'Soon, please', waitMs: undefined },
  ]) {
    test(`${JSON.stringify(header)} is ${waitMs} ms`, () => {
      expect(askedWaitMs(header, now)).toBe(waitMs)
    })
  }
})
