import { expect, test } from 'vitest'
import { preferredWait, waitMaxSeconds } from '../../../src/http/prefer.ts'

for (const { header, seconds } of [
  { header: undefined, seconds: undefined },
  { header: '', seconds: undefined },
  { header: 'wait=30', seconds: 30 },
  { header: 'wait=0', seconds: 0 },
  { header: 'WAIT = 30', seconds: 30 },
  { header: 'wait="30"', seconds: 30 },
  { header: 'respond-async, wait=10', seconds: 10 },
  { header: ['respond-async', 'wait=10'], seconds: 10 },
  { header: 'wait=5; strict', seconds: 5 },
  { header: 'wait=61', seconds: waitMaxSeconds },
  { header: 'wait=999999999', seconds: waitMaxSeconds },
  { header: 'wait=-1', seconds: undefined },
  { header: 'wait=1.5', seconds: undefined },
  { header: 'wait=soon', seconds: undefined },
  { header: 'await=30', seconds: undefined },
]) {
  test(`Prefer: ${String(header)} is a wait of ${seconds ?? 'nothing'}`, () => {
    expect(preferredWait(header)).toBe(seconds)
  })
}
