import { expect, test } from 'vitest'
import { startReceiver } from '../../demo/receiver.ts'

const finished = {
  specversion: '1.0',
  id: 'event-1',
  type: 'sh.keptn.event.evaluation.finished',
  data: { result: 'pass', evaluation: { id: 'evaluation-1' } },
}

test('deliveries are kept as they arrived, repeated ones too; what is no event is refused', async () => {
  const receiver = await startReceiver()
  try {
    const post = async (body: string) => (await fetch(receiver.url, { method: 'POST', body })).status
    expect(await post(JSON.stringify(finished))).toBe(204)
    expect(await post(JSON.stringify(finished))).toBe(204)
    expect(await post(JSON.stringify({ ...finished, type: 'sh.keptn.event.evaluation.started' }))).toBe(204)
    expect(await post('{"id": 1}')).toBe(400)
    expect(await post('not JSON')).toBe(400)
    expect(receiver.finished('evaluation-1')).toEqual([finished, finished])
    expect(receiver.finished('evaluation-2')).toEqual([])
    expect(await receiver.nextFinished('evaluation-1')).toEqual(finished)
  } finally {
    await receiver.close()
  }
})
