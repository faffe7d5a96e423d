import { expect, test } from 'vitest'
import { createEndings } from '../../../src/evaluation/waiters.ts'
import { endedEvaluation, openEvaluation } from '../../support/evaluation.ts'

const long = 600_000

test('what is not there is not waited for', async () => {
  expect(await createEndings(async () => undefined).wait('a', long)).toBeUndefined()
})

test('an ended evaluation answers at once', async () => {
  expect(await createEndings(async () => endedEvaluation()).wait('a', long)).toMatchObject({ state: 'succeeded' })
})

test('without a wait, an open evaluation is the answer', async () => {
  expect(await createEndings(async () => openEvaluation()).wait('a', 0)).toMatchObject({ state: 'queued' })
})

test('an end while the evaluation is being looked up is not missed', async () => {
  let looks = 0
  const { id } = openEvaluation()
  const endings = createEndings(async () => {
    looks += 1
    endings.ended(endedEvaluation({ id }))
    return openEvaluation()
  })
  const evaluation = await endings.wait(id, long)
  expect(evaluation).toMatchObject({ state: 'succeeded' })
  expect(looks).toBe(1)
})

test('an end that only storage knows of is found', async () => {
  let looks = 0
  const evaluation = await createEndings(async () => (++looks < 2 ? openEvaluation() : endedEvaluation())).wait(
    'a',
    long,
  )
  expect(evaluation).toMatchObject({ state: 'succeeded' })
})

test('a release answers every waiting caller with the evaluation as it stands', async () => {
  const endings = createEndings(async (id) => openEvaluation({ id }))
  const waits = ['a', 'a', 'b'].map((id) => endings.wait(id, long))
  await Promise.resolve()
  endings.release()
  const states = (await Promise.all(waits)).map((evaluation) => evaluation?.state)
  expect(states).toEqual(['queued', 'queued', 'queued'])
})

test('who has just written it does not look, and hears its end', async () => {
  const endings = createEndings(async () => expect.unreachable('it was looked up'))
  const written = openEvaluation()
  const waiting = endings.wait(written.id, long, written)
  endings.ended(endedEvaluation({ id: written.id }))
  expect(await waiting).toMatchObject({ state: 'succeeded' })
})

test('five hundred waiters take one look, and get the same evaluation', async () => {
  const ended = endedEvaluation()
  let looks = 0
  const endings = createEndings(async () => {
    looks += 1
    return ended
  })
  const waits = Array.from({ length: 500 }, () => endings.wait(ended.id, long, openEvaluation()))
  expect(new Set(await Promise.all(waits))).toEqual(new Set([ended]))
  expect(looks).toBe(1)
})

test('what is gone, or cannot be looked up, is not waited for any longer', async () => {
  const written = openEvaluation()
  expect(await createEndings(async () => undefined).wait(written.id, long, written)).toBeUndefined()
  const away = createEndings(async () => Promise.reject(new Error('away')))
  await expect(away.wait(written.id, long, written)).rejects.toThrow('away')
})
