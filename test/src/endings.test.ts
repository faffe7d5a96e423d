import { expect, test } from 'vitest'
import { createEndings } from '../../src/endings.ts'
import { endedEvaluation, openEvaluation } from '../support/evaluation.ts'

const long = 600_000

test('what is not there is not waited for', async () => {
  expect(await createEndings().wait('a', long, async () => undefined)).toBeUndefined()
})

test('an ended evaluation answers at once', async () => {
  expect(await createEndings().wait('a', long, async () => endedEvaluation())).toMatchObject({ state: 'succeeded' })
})

test('without a wait, an open evaluation is the answer', async () => {
  expect(await createEndings().wait('a', 0, async () => openEvaluation())).toMatchObject({ state: 'queued' })
})

test('an end while the evaluation is being looked up is not missed', async () => {
  const endings = createEndings()
  let looks = 0
  const { id } = openEvaluation()
  const evaluation = await endings.wait(id, long, async () => {
    looks += 1
    endings.ended(endedEvaluation({ id }))
    return openEvaluation()
  })
  expect(evaluation).toMatchObject({ state: 'succeeded' })
  expect(looks).toBe(1)
})

test('an end that only storage knows of is found', async () => {
  let looks = 0
  const evaluation = await createEndings().wait('a', long, async () =>
    ++looks < 2 ? openEvaluation() : endedEvaluation(),
  )
  expect(evaluation).toMatchObject({ state: 'succeeded' })
})

test('a release answers every waiting caller with the evaluation as it stands', async () => {
  const endings = createEndings()
  const waits = ['a', 'a', 'b'].map((id) => endings.wait(id, long, async () => openEvaluation({ id })))
  await Promise.resolve()
  endings.release()
  const states = (await Promise.all(waits)).map((evaluation) => evaluation?.state)
  expect(states).toEqual(['queued', 'queued', 'queued'])
})

test('who has just written it does not look, and hears its end', async () => {
  const endings = createEndings()
  const written = openEvaluation()
  const waiting = endings.wait(written.id, long, async () => expect.unreachable('it was looked up'), written)
  endings.ended(endedEvaluation({ id: written.id }))
  expect(await waiting).toMatchObject({ state: 'succeeded' })
})
