import { expect, test } from 'vitest'
import { newNameWarnings, readUntilJudged, type JudgedNames } from '../../../src/evaluation/new-names.ts'

const carts = { project: 'shop', stage: 'prod', service: 'carts' }

function reader(judged: { names: JudgedNames }) {
  let asked = 0
  const read = readUntilJudged(async () => {
    asked += 1
    return judged.names
  })
  return { read, asked: () => asked }
}

test('each service is looked up until it has been judged', async () => {
  const judged = { names: { stages: ['dev'], services: ['carts'] } as JudgedNames }
  const { read, asked } = reader(judged)
  expect(await read(carts)).toEqual(judged.names)
  judged.names = { stages: ['dev', 'prod'], services: ['carts'] }
  expect(await read(carts)).toEqual(judged.names)
  expect(asked()).toBe(2)
  expect(await read(carts)).toEqual({ stages: ['prod'], services: ['carts'] })
  expect(asked()).toBe(2)
  await read({ ...carts, service: 'orders' })
  expect(asked()).toBe(3)
})

test('nothing is looked up for names that a list or a folder knows', async () => {
  const { read, asked } = reader({ names: { stages: ['dev'], services: ['orders'] } })
  expect(await newNameWarnings(carts, { unlisted: [] }, { judgedNames: read })).toEqual([])
  expect(asked()).toBe(0)
})

test('a new name is reported with the nearest known name', async () => {
  const { read } = reader({ names: { stages: ['prdo'], services: ['carts'] } })
  const unlisted = [
    { kind: 'stage', folders: [] },
    { kind: 'service', folders: ['orders'] },
  ] as const
  expect(await newNameWarnings(carts, { unlisted }, { judgedNames: read })).toMatchObject([
    { code: 'new_stage', stage: 'prod', nearest: 'prdo', message: expect.stringMatching(/Did you mean prdo\?$/) },
  ])
})
