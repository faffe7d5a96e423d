import { afterAll, beforeAll, expect, test } from 'vitest'
import { startService, type TestService } from '../../../support/service.ts'

/** Which names have a score history, and which are probably misspelt. */

const slo = 'objectives: [{sli: a, pass: [{criteria: ["<10"]}]}]\ntotal_score: {pass: "90%"}\n'

let service: TestService
beforeAll(async () => {
  service = await startService({
    files: {
      'shop/slo.yaml': slo,
      'shop/staging/carts/slo.yaml': slo,
      'listed/slo.yaml': slo,
      'listed/project.yaml': 'stages: [prod]\nservices: {carts: {}, a-b: {displayName: "A & B"}}\n',
      'broken/project.yaml': 'services: 5\n',
      'broken/dev/carts/slo.yaml': slo,
      'fresh/slo.yaml': slo,
    },
  })
  await evaluate('shop/prod/orders', { indicators: [{ metric: 'a', value: 1 }] })
})
afterAll(() => service.stop())

function pathOf(place: string): string {
  const [project, stage, name] = place.split('/')
  return `/v1/projects/${project}/stages/${stage}/services/${name}`
}

const evaluate = (place: string, body: object, prefer = 'wait=20') =>
  service.request('POST', `${pathOf(place)}/evaluations`, { headers: { prefer }, body })

const historyOf = (place: string) => service.request('GET', `${pathOf(place)}/score-history`)

for (const { place, why } of [
  { place: 'shop/staging/carts', why: 'its folder' },
  { place: 'shop/prod/carts', why: 'its folder in another stage, and evaluations of the stage' },
  { place: 'shop/staging/orders', why: 'its evaluations in another stage, and the folder of the stage' },
  { place: 'listed/prod/carts', why: 'the lists of project.yaml' },
  { place: 'broken/dev/carts', why: 'its folder, though project.yaml cannot be read' },
]) {
  test(`${place} has no evaluations yet, and is known by ${why}`, async () => {
    const { status, body } = await historyOf(place)
    expect([status, body]).toEqual([200, { items: [], page: { next: null, prev: null } }])
  })
}

test('evaluations make a name known, whatever lists and folders say', async () => {
  expect((await historyOf('shop/prod/orders')).body.items).toHaveLength(1)
})

test('an evaluation that has not ended makes a name known', async () => {
  const [start, end] = [0, 3_600_000].map((ahead) => new Date(Date.now() + ahead).toISOString())
  const { status, body: waiting } = await evaluate('shop/prod/later', { window: { start, end } }, 'wait=0')
  expect([status, waiting.state]).toEqual([202, 'queued'])
  expect(await historyOf('shop/prod/later')).toMatchObject({ status: 200, body: { items: [] } })
})

for (const { place, code, detail } of [
  {
    place: 'shop/prod/ordres',
    code: 'service_not_found',
    detail:
      'there is no service ordres in project shop: neither a folder of the definitions nor an evaluation has this name (did you mean orders?)',
  },
  {
    place: 'shop/staging/cart',
    code: 'service_not_found',
    detail:
      'there is no service cart in project shop: neither a folder of the definitions nor an evaluation has this name (did you mean carts?)',
  },
  {
    place: 'shop/prdo/orders',
    code: 'stage_not_found',
    detail:
      'there is no stage prdo in project shop: neither a folder of the definitions nor an evaluation has this name (did you mean prod?)',
  },
  {
    place: 'shop/prod/unlike',
    code: 'service_not_found',
    detail:
      'there is no service unlike in project shop: neither a folder of the definitions nor an evaluation has this name (known: carts, orders)',
  },
  {
    place: 'listed/prod/cart',
    code: 'service_not_found',
    detail:
      'there is no service cart in project listed: listed/project.yaml lists carts, a-b ("A & B") (did you mean carts?)',
  },
  {
    place: 'listed/prdo/carts',
    code: 'stage_not_found',
    detail: 'there is no stage prdo in project listed: listed/project.yaml lists prod (did you mean prod?)',
  },
  {
    place: 'shpo/prod/orders',
    code: 'stage_not_found',
    detail: 'there is no stage prod in project shpo, which has neither stages in the definitions nor evaluations',
  },
  {
    place: 'fresh/prod/orders',
    code: 'stage_not_found',
    detail: 'there is no stage prod in project fresh, which has neither stages in the definitions nor evaluations',
  },
]) {
  test(`${place} is known to nobody`, async () => {
    const { status, body } = await historyOf(place)
    expect(status).toBe(404)
    expect(body).toMatchObject({ code, detail })
  })
}
