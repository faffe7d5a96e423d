/** The way from an answer to the operations that it makes possible (OpenAPI 3.1, Link Object). */
export interface Link {
  readonly operationId: string
  readonly parameters: Readonly<Record<string, string>>
}

export type Links = Readonly<Record<string, Link>>

const ofService = {
  project: '$response.body#/project',
  stage: '$response.body#/stage',
  service: '$response.body#/service',
}

/** From an evaluation. */
export const evaluationLinks: Links = {
  evaluation: { operationId: 'getEvaluation', parameters: { id: '$response.body#/id' } },
  cancel: { operationId: 'cancelEvaluation', parameters: { id: '$response.body#/id' } },
  history: { operationId: 'getScoreHistory', parameters: ofService },
  again: { operationId: 'startEvaluation', parameters: ofService },
}

/** From a page of the score history. */
export const historyLinks: Links = {
  evaluation: { operationId: 'getEvaluation', parameters: { id: '$response.body#/items/0/id' } },
  ...pageLinks('getScoreHistory', {
    project: '$request.path.project',
    stage: '$request.path.stage',
    service: '$request.path.service',
  }),
}

/** From the configured providers to the first of them. */
export const providersLinks: Links = {
  check: { operationId: 'checkProvider', parameters: { name: '$response.body#/items/0/name' } },
  query: { operationId: 'queryProvider', parameters: { name: '$response.body#/items/0/name' } },
}

/** From a subscription, or from the list to the last one of it. */
export function subscriptionLinks(id: string): Links {
  const operations = {
    subscription: 'getSubscription',
    change: 'changeSubscription',
    delete: 'deleteSubscription',
    rotateKey: 'rotateSubscriptionKey',
    test: 'testSubscription',
    deliveries: 'listDeliveries',
    redeliver: 'redeliverEvents',
  }
  const links = Object.entries(operations).map(([name, operationId]) => [name, { operationId, parameters: { id } }])
  return Object.fromEntries(links)
}

/** From a page of deliveries. */
export const deliveriesLinks: Links = {
  redeliver: {
    operationId: 'redeliverEvent',
    parameters: { id: '$request.path.id', eventId: '$response.body#/items/0/eventId' },
  },
  evaluation: { operationId: 'getEvaluation', parameters: { id: '$response.body#/items/0/evaluation' } },
  ...pageLinks('listDeliveries', { id: '$request.path.id' }),
}

function pageLinks(operationId: string, path: Readonly<Record<string, string>>): Links {
  return {
    next: { operationId, parameters: { ...path, cursor: '$response.body#/page/next' } },
    prev: { operationId, parameters: { ...path, cursor: '$response.body#/page/prev' } },
  }
}
