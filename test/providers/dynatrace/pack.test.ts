import { describe, expect, test } from 'vitest'
import { openProvider, type ProviderInstance } from '../../../providers/index.ts'
import { placeholderValues, resolvePlaceholders } from '../../../slo/index.ts'
import { ask, open, serve, times, window } from './asking.ts'
import { askGrail, openGrail, serveGrail, succeeded } from './grail/asking.ts'

/** The pack's queries as they are sent for shop/prod "eu"/carts, a stage that no file can be of, but escaping must bear. */
function queriesOf(instance: ProviderInstance, stage: string): ReadonlyMap<string, string> {
  const values = placeholderValues({
    project: 'shop',
    stage,
    service: 'carts',
    labels: { entity: 'SERVICE-1' },
    filter: [],
    environment: {},
    window,
  })
  return new Map(
    [...instance.pack([])].map(([name, definition]) => {
      const resolved = resolvePlaceholders(definition, values, (value, place) => instance.escape(value, place))
      return [name, resolved.kind === 'resolved' ? resolved.query : resolved.problems.join('; ')]
    }),
  )
}

const tagged =
  'type(SERVICE),tag(keptn_project:shop),tag(keptn_stage:prod),tag(keptn_service:carts),tag(keptn_deployment:primary)'

test('the pack keptn asks what Keptn asked, in one request', async () => {
  const selectors = {
    throughput: 'builtin:service.requestCount.total:merge("dt.entity.service"):sum',
    error_rate: 'builtin:service.errors.total.rate:merge("dt.entity.service"):avg',
    response_time_p50: 'builtin:service.response.time:merge("dt.entity.service"):percentile(50)',
    response_time_p90: 'builtin:service.response.time:merge("dt.entity.service"):percentile(90)',
    response_time_p95: 'builtin:service.response.time:merge("dt.entity.service"):percentile(95)',
  }
  const result = Object.values(selectors).map((_, place) => ({ dataPointCountRatio: 0, data: [{ values: [place] }] }))
  const server = await serve([
    {
      path: '/api/v2/metrics/query',
      parameters: {
        metricSelector: Object.values(selectors).join(','),
        entitySelector: tagged,
        resolution: 'Inf',
        ...times,
      },
      body: { resolution: 'Inf', nextPageKey: null, result },
    },
  ])
  const instance = open({ url: server.url, indicatorPack: 'keptn' })
  const queries = queriesOf(instance, 'prod')
  expect([...queries.keys()]).toEqual(Object.keys(selectors))
  const replies = await ask(instance, [...queries.values()])
  expect(replies.map((reply) => (reply.outcome === 'measured' ? reply.value : reply.message))).toEqual([0, 1, 2, 3, 4])
})

test('every query of the pack grail is sent as DQL, its placeholders filled in and escaped', async () => {
  const count = 7
  const server = await serveGrail({
    executes: Array.from({ length: count }, () => succeeded([{ v: 1 }], { v: 'double' })),
  })
  const packed = open({ url: server.url, indicatorPack: 'grail', platform: { url: server.url, token: 'env:T' } })
  const queries = [...queriesOf(packed, 'prod "eu"').values()]
  expect((await askGrail(openGrail(server.url), queries)).map(({ outcome }) => outcome)).toEqual(
    Array(count).fill('measured'),
  )
  const sent = server.queries.map(({ query }) => String(query))
  expect(sent.filter((query) => /\$|^DQL/.test(query))).toEqual([])
  expect(sent.join('\n')).toContain('k8s.namespace.name == "prod \\"eu\\""')
})

describe('the setting', () => {
  const opened = (settings: object) =>
    openProvider('dynatrace', { kind: 'dynatrace', url: 'https://abc.live.dynatrace.com', ...settings }, () =>
      Promise.reject(new Error('no secret')),
    )
  for (const { settings, mistakes } of [
    { settings: { indicatorPack: 'otel' }, mistakes: [{ path: 'indicatorPack', message: 'must be keptn or grail' }] },
    {
      settings: { indicatorPack: 'grail', token: 'env:T' },
      mistakes: [{ path: 'indicatorPack', message: 'grail uses DQL, so platform must be set too' }],
    },
  ]) {
    test(`${JSON.stringify(settings)} is refused`, () => {
      expect(opened(settings)).toEqual({ kind: 'invalid', mistakes })
    })
  }

  test('is none: nothing is asked that no file holds', () => {
    const none = opened({ token: 'env:T' })
    expect(none.kind === 'opened' && [...none.instance.pack([])]).toEqual([])
  })
})
