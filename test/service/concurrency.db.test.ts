import { expect, test } from 'vitest'
import { waitFor } from '../../demo/wait.ts'
import { startScriptedPrometheus, type Script } from '../support/scripted-prometheus.ts'
import { startService } from '../support/service.ts'

const files = {
  'shop/slo.yaml': 'objectives: [{sli: a, pass: [{criteria: ["<10"]}]}]\ntotal_score: {pass: 90}\n',
  'shop/prometheus/sli.yaml': 'spec_version: "1.0"\nindicators: {a: a}\n',
}

test('with two places, the third evaluation waits in the queue until one is free', async () => {
  const script: Script = { a: { kind: 'hang' } }
  const prometheus = await startScriptedPrometheus(script)
  const service = await startService({
    files,
    settings: {
      providers: { prometheus: { kind: 'prometheus', url: prometheus.url } },
      limits: { concurrency: 2, measureTimeout: '2s' },
    },
  })
  try {
    const accepted = await Promise.all([1, 2].map(() => service.evaluate({}, {})))
    await waitFor('both are measured', 10_000, () => (prometheus.requests.length === 2 ? true : undefined))
    const { body: third } = await service.evaluate({}, { prefer: 'wait=1' })
    expect(third).toMatchObject({ state: 'queued', startedAt: null })
    script['a'] = { kind: 'value', value: 1 }
    const { body: ended } = await service.request('GET', `/v1/evaluations/${third.id}`, {
      headers: { prefer: 'wait=20' },
    })
    expect(ended).toMatchObject({ state: 'succeeded', result: 'pass' })
    expect(prometheus.openMax()).toBe(2)
    for (const { body } of accepted) {
      const { body: first } = await service.request('GET', `/v1/evaluations/${body.id}`, {
        headers: { prefer: 'wait=20' },
      })
      expect(first).toMatchObject({ state: 'errored', result: 'fail', indicatorResults: [{ outcome: 'timeout' }] })
    }
  } finally {
    await service.stop()
    await prometheus.stop()
  }
})
