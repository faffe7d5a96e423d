import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { parseSli, placeholderValues, resolvePlaceholders } from '../../../../slo/index.ts'
import { askGrail, openGrail, serveGrail, succeeded } from './asking.ts'

const file = resolve(import.meta.dirname, '../../../../docs/packs/dynatrace-dql/sli.yaml')

test('every query of the pack is sent as DQL, its placeholders filled in and escaped', async () => {
  const { indicators, findings } = parseSli(readFileSync(file, 'utf8'))
  const server = await serveGrail({ executes: Array.from(indicators, () => succeeded([{ v: 1 }], { v: 'double' })) })
  const instance = openGrail(server.url)
  const values = placeholderValues({
    project: 'shop',
    stage: 'prod "eu"',
    service: 'carts',
    labels: { entity: 'SERVICE-1' },
    filter: [],
    environment: {},
    window: { start: new Date(0), end: new Date(1000) },
  })
  const resolved = Array.from(indicators.values(), ({ query }) =>
    resolvePlaceholders(query, values, (value, place) => instance.escape(value, place)),
  )
  const queries = resolved.map((one) => (one.kind === 'resolved' ? one.query : one.problems.join('; ')))
  expect((await askGrail(instance, queries)).map(({ outcome }) => outcome)).toEqual(Array(7).fill('measured'))
  const sent = server.queries.map(({ query }) => String(query))
  expect(sent.filter((query) => /\$|^DQL/.test(query))).toEqual([])
  expect(sent.join('\n')).toContain('k8s.namespace.name == "prod \\"eu\\""')
  expect(findings).toEqual([])
})
