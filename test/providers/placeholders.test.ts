import { describe, expect, test } from 'vitest'
import { openProvider, type ProviderInstance } from '../../providers/index.ts'
import { placeholderValues, resolvePlaceholders, type ResolvedQuery } from '../../slo/index.ts'

const window = { start: new Date('2024-05-01T00:30:00Z'), end: new Date('2024-05-01T00:35:00Z') }

const settings = {
  prometheus: { kind: 'prometheus', url: 'http://prom' },
  dynatrace: { kind: 'dynatrace', url: 'https://dynatrace.example', token: 'env:TOKEN' },
} as const

function open(name: keyof typeof settings): ProviderInstance {
  const opened = openProvider(name, settings[name], () => Promise.reject(new Error('no secret')))
  if (opened.kind === 'invalid') throw new Error(JSON.stringify(opened.mistakes))
  return opened.instance
}

function resolve(name: keyof typeof settings, query: string, labels: Readonly<Record<string, string>>): ResolvedQuery {
  const instance = open(name)
  const service = { project: 'shop', stage: 'prod', service: 'carts' }
  const values = placeholderValues({ ...service, labels, filter: [], environment: {}, window })
  return resolvePlaceholders(query, values, (value, place) => instance.escape(value, place))
}

describe('in every language an empty value is missing, and a default text is inserted', () => {
  for (const { provider, query, text } of [
    { provider: 'prometheus', query: 'm{v="${LABEL.v}"}', text: 'm{v="a.b"}' },
    { provider: 'prometheus', query: "m{v=~'carts-${LABEL.v}.*'}", text: String.raw`m{v=~'carts-a\\.b.*'}` },
    { provider: 'prometheus', query: 'm{v=~`${LABEL.v}`}', text: 'm{v=~`a\\.b`}' },
    {
      provider: 'dynatrace',
      query: 'metricSelector=m:filter(eq("v","${LABEL.v}"))&entitySelector=type(HOST)',
      text: 'metricSelector=m:filter(eq("v","a.b"))&entitySelector=type(HOST)',
    },
    {
      provider: 'dynatrace',
      query: 'metricSelector=m&entitySelector=tag(keptn_deployment:${LABEL.v})',
      text: 'metricSelector=m&entitySelector=tag(keptn_deployment:a.b)',
    },
    {
      provider: 'dynatrace',
      query: "USQL;SINGLE_VALUE;;SELECT count(*) FROM usersession WHERE v = '${LABEL.v}'",
      text: "USQL;SINGLE_VALUE;;SELECT count(*) FROM usersession WHERE v = 'a.b'",
    },
    {
      provider: 'dynatrace',
      query: 'DQL;fetch logs | filter contains(v, "${LABEL.v}") | summarize count()',
      text: 'DQL;fetch logs | filter contains(v, "a.b") | summarize count()',
    },
    {
      provider: 'dynatrace',
      query: 'DQL;fetch logs | limit ${LABEL.v}',
      text: 'DQL;fetch logs | limit a.b',
    },
  ] as const) {
    test(`${provider}: ${query}`, () => {
      expect(resolve(provider, query, { v: '' })).toEqual({
        kind: 'unresolved',
        problems: [expect.stringContaining('placeholder ${LABEL.v} is empty')],
      })
      const withText = (words: string): string => query.replace('${LABEL.v}', () => `\${LABEL.v:-${words}}`)
      expect(resolve(provider, withText('a.b'), { v: '' })).toEqual({ kind: 'resolved', query: text })
      const without = query.replace('${LABEL.v}', '')
      expect(resolve(provider, withText(''), { v: '' })).toEqual({ kind: 'resolved', query: without })
    })
  }
})
