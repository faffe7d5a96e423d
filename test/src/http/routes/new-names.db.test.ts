import { afterAll, beforeAll, expect, test } from 'vitest'
import { startService, type Reply, type TestService } from '../../../support/service.ts'

/** New stages and services cause a warning, since a project's own slo.yaml judges any name. */

const slo = 'objectives: [{sli: a, pass: [{criteria: ["<10"]}]}]\ntotal_score: {pass: "90%"}\n'

let service: TestService
beforeAll(async () => {
  service = await startService({
    files: {
      'shop/slo.yaml': slo,
      'failing/slo.yaml': slo,
      'foldered/slo.yaml': slo,
      'foldered/prod/orders/slo.yaml': slo,
      'listed/slo.yaml': slo,
      'listed/project.yaml': 'stages: [prod]\nservices: [carts]\n',
    },
  })
})
afterAll(() => service.stop())

async function evaluate(place: string, body: object = { indicators: [{ metric: 'a', value: 1 }] }) {
  const [project, stage, name] = place.split('/')
  const path = `/v1/projects/${project}/stages/${stage}/services/${name}/evaluations`
  return service.request('POST', path, { headers: { prefer: 'wait=20' }, body })
}

function news({ body }: Reply): readonly object[] {
  return body.warnings.filter(({ code }: { code: string }) => code.startsWith('new_'))
}

test('new names are warnings once the project has a history, and only the first time', async () => {
  expect(news(await evaluate('shop/prod/carts'))).toEqual([])
  const misspelt = await evaluate('shop/prdo/carts')
  expect(misspelt.body.result).toBe('pass')
  expect(news(misspelt)).toEqual([
    {
      code: 'new_stage',
      message:
        'The stage prdo is new: project shop has evaluations, but none of this stage, and no folder of this name. Did you mean prod?',
      stage: 'prdo',
      nearest: 'prod',
    },
  ])
  expect(news(await evaluate('shop/prdo/carts'))).toEqual([])
  expect(news(await evaluate('shop/prod/cart'))).toMatchObject([
    { code: 'new_service', service: 'cart', nearest: 'carts' },
  ])
  expect(news(await evaluate('shop/qa/payments'))).toMatchObject([
    { code: 'new_stage', stage: 'qa', message: expect.stringContaining('Known: prdo, prod.') },
    { code: 'new_service', service: 'payments', message: expect.stringContaining('Known: cart, carts.') },
  ])
  // Known services reach a stage one after the other.
  expect(news(await evaluate('shop/prod/payments'))).toEqual([])
})

test('a folder or a list makes a name known', async () => {
  expect(news(await evaluate('foldered/dev/carts'))).toEqual([])
  expect(news(await evaluate('foldered/prod/orders'))).toEqual([])
  expect(news(await evaluate('foldered/prod/order'))).toMatchObject([
    { code: 'new_service', service: 'order', nearest: 'orders' },
  ])
  expect(news(await evaluate('listed/prod/carts'))).toEqual([])
})

test('an evaluation that was never judged does not make a name known', async () => {
  // No provider answers the indicator.
  const errored = await evaluate('failing/prdo/carts', {})
  expect(errored.body).toMatchObject({ state: 'errored' })
  expect(news(await evaluate('failing/prod/carts'))).toEqual([])
  expect(news(await evaluate('failing/prdo/carts'))).toMatchObject([{ code: 'new_stage', nearest: 'prod' }])
})
