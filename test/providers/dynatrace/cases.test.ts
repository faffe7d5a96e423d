import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ProviderInstance } from '../../../providers/index.ts'
import { placeholderValues, resolvePlaceholders } from '../../../slo/index.ts'
import type { FakeReply } from '../../support/fake-dynatrace.ts'
import { ask, open, serve, times, window } from './asking.ts'
import { cases, type Case, type CaseReply, type Question } from './cases.ts'

/** Replies of real environments, which are not part of this repository. */
const recordings = resolve(import.meta.dirname, '../../../../shared/fixtures/dynatrace/sli_files')
const isRecorded = existsSync(recordings)

function addressOf(question: Question): Pick<FakeReply, 'path' | 'parameters'> {
  switch (question.of) {
    case 'metrics': {
      const { selector, entity, resolution } = question
      const selectors = {
        metricSelector: selector,
        ...(entity !== undefined && { entitySelector: entity }),
        ...(resolution !== undefined && { resolution }),
      }
      return { path: '/api/v2/metrics/query', parameters: { ...selectors, ...times } }
    }
    case 'definition':
      return { path: `/api/v2/metrics/${question.selector}`, parameters: {} }
    case 'slo':
      return { path: `/api/v2/slo/${question.id}`, parameters: { ...times, timeFrame: 'GTF' } }
    case 'problems':
      return { path: '/api/v2/problems', parameters: { ...times, problemSelector: question.selector } }
    case 'securityProblems':
      return { path: '/api/v2/securityProblems', parameters: { ...times, securityProblemSelector: question.selector } }
    case 'usql': {
      const span = { startTimestamp: times.from, endTimestamp: times.to }
      const parameters = { query: question.usql, ...span, addDeepLinkFields: 'false', explain: 'false' }
      return { path: '/api/v1/userSessionQueryLanguage/table', parameters }
    }
  }
}

function resolved({ query, labels = {}, environment = {} }: Case, instance: ProviderInstance): string {
  const service = { project: 'sockshop', stage: 'staging', service: 'carts' }
  const values = placeholderValues({ ...service, labels, filter: [], environment, window })
  const { kind, ...rest } = resolvePlaceholders(query, values, (value, place) => instance.escape(value, place))
  if ('query' in rest) return rest.query
  throw new Error(`${kind}: ${rest.problems.join(', ')}`)
}

/** What came of a case, and what should have. */
async function run(one: Case, bodyOf: (reply: CaseReply) => unknown) {
  const replies = one.replies.map((reply) => ({
    ...addressOf(reply.ask),
    status: reply.status ?? 200,
    body: bodyOf(reply),
  }))
  const server = await serve(replies)
  const instance = open({ url: server.url })
  const [reply] = await ask(instance, [resolved(one, instance)])
  const { message = '', ...exact } = one.expected
  const expected = {
    ...exact,
    attempts: one.replies.length,
    query: reply?.outcome === 'measured' ? server.requests.at(-1) : server.requests[0],
  }
  const said = reply?.outcome === 'measured' ? '' : reply?.message
  return { reply, expected, said, message, requests: server.requests }
}

describe('replies of our own', () => {
  for (const one of cases) {
    test(`${one.name}: ${one.expected.outcome}`, async () => {
      const { reply, expected, said, message, requests } = await run(one, ({ synthetic }) => synthetic)
      expect(reply).toMatchObject(expected)
      expect(said).toContain(message)
      expect(requests).toHaveLength(one.replies.length)
    })
  }
})

const withRecordings = isRecorded ? cases.filter(({ replies }) => replies.every(({ recorded }) => recorded)) : []

describe(`recorded replies, ${withRecordings.length} of ${cases.length} cases${isRecorded ? '' : ': there are no recordings here'}`, () => {
  for (const one of withRecordings) {
    test(`${one.name}: ${one.expected.outcome}`, async () => {
      const { reply, expected, said, message, requests } = await run(one, ({ recorded = '' }) =>
        JSON.parse(readFileSync(resolve(recordings, recorded), 'utf8')),
      )
      expect(reply).toMatchObject(expected)
      expect(said).toContain(message)
      expect(requests).toHaveLength(one.replies.length)
    })
  }

  test('are as many as there should be', () => {
    expect(withRecordings).toHaveLength(isRecorded ? 60 : 0)
  })
})

describe('nothing is asked for', () => {
  for (const { id, query, message } of [
    {
      id: 'D46',
      query: 'metricSelector=a&entitySelector=tag(my_tag:tom & jerry)',
      message: "could not parse 'key=value' pair correctly",
    },
    { id: 'D47', query: 'metricSelector=a&metricSelector=b', message: "duplicate key 'metricSelector'" },
    { id: 'D48', query: 'entitySelector=type(SERVICE)', message: 'metrics query must include a metric selector' },
  ]) {
    test(`${id}: ${query}`, async () => {
      const server = await serve([])
      const [reply] = await ask(open({ url: server.url }), [query])
      expect(reply).toMatchObject({ outcome: 'bad_query', message: expect.stringContaining(message) })
      expect(server.requests).toEqual([])
    })
  }

  test('D53: no indicators', async () => {
    const server = await serve([])
    expect(await ask(open({ url: server.url }), [])).toEqual([])
    expect(server.requests).toEqual([])
  })
})
