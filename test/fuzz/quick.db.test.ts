import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startReceiver, type Receiver } from '../support/receiver.ts'
import { startService, type TestService } from '../support/service.ts'
import { files, guardedSettings, secretKey, settings } from './definitions.ts'
import { fuzz } from './run.ts'

/** A short `npm run fuzz`: whatever is sent, the answer is one that the document has. */

const token = 'a-token-that-is-long-enough'
const seed = 20_261_130

for (const { title, of, sent } of [
  { title: 'without tokens', of: settings, sent: undefined },
  { title: 'with tokens', of: guardedSettings, sent: token },
]) {
  describe(`a service ${title}`, () => {
    let receiver: Receiver
    let service: TestService
    beforeAll(async () => {
      receiver = await startReceiver()
      service = await startService({
        files,
        settings: of,
        env: { PHAROS_SECRET_KEY: secretKey, TOKEN: token },
        secret: async () => token,
      })
    })
    afterAll(async () => {
      await service.stop()
      await receiver.stop()
    })

    test('every answer is as the document says', async () => {
      const found = await fuzz({ url: service.url, token: sent, receiver: receiver.url }, { seed, requests: 250 })
      expect(found.failure).toBeUndefined()
      // It was not only refused, and not only accepted.
      const statuses = [...found.statuses.keys()].join(', ')
      for (const met of ['startEvaluation 202', 'startEvaluation 422', 'createSubscription 201', 'getEvaluation 200']) {
        expect(statuses).toContain(met)
      }
    }, 60_000)
  })
}
