import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { folderFiles } from '../../../src/definitions/files.ts'
import { loadDefinition } from '../../../src/definitions/load.ts'
import { readProject } from '../../../src/definitions/project.ts'
import { parseSli, parseSlo } from '../../../slo/index.ts'

const root = resolve(import.meta.dirname, '../../../slo/examples')
const projects = readdirSync(root)
const files = readdirSync(root, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))

describe('every example file is valid, and nothing in it is without effect', () => {
  test('there are some', () => {
    expect(projects).toEqual(expect.arrayContaining(['bank', 'shop']))
    expect(files.length).toBeGreaterThan(6)
  })

  for (const file of files) {
    test(`of ${file}`, async () => {
      expect(await notesOn(file)).toEqual([])
    })
  }
})

/** What is wrong or without effect in an example. */
async function notesOn(file: string): Promise<readonly unknown[]> {
  const text = await readFile(join(root, file), 'utf8')
  if (basename(file) === 'slo.yaml') return parseSlo(text).findings
  if (basename(file) === 'sli.yaml') return parseSli(text).findings
  if (basename(file) === 'project.yaml')
    return (await readProject(folderFiles({ root }), dirname(file), ['prometheus'])).mistakes
  return [`${file} is none of slo.yaml, sli.yaml, project.yaml`]
}

for (const { service, pushedMetrics = [], source, asked, unanswered = [] } of [
  {
    service: { project: 'bank', stage: 'staging', service: 'accounts' },
    source: 'bank/slo.yaml',
    asked: [
      ['prometheus', 'error_rate', 'http_requests_total'],
      ['prometheus', 'response_time_p95', 'http_request_duration_seconds_bucket'],
      ['prometheus', 'cpu_saturation', 'cpu_pressure_ratio'],
      ['dynatrace', 'response_time_users', 'builtin:service.response.time'],
      ['prometheus', 'throughput', 'http_requests_total'],
    ],
  },
  {
    service: { project: 'bank', stage: 'prod', service: 'payments' },
    pushedMetrics: ['loadtest.assertions_failed'],
    source: 'bank/prod/payments/slo.yaml',
    asked: [
      ['prometheus', 'error_rate', 'payments_total'],
      ['prometheus', 'declined_rate', 'payments_total'],
      ['prometheus', 'response_time_p95', 'service:http_request_duration_seconds:p95'],
    ],
  },
  {
    service: { project: 'bank', stage: 'prod', service: 'payments' },
    source: 'bank/prod/payments/slo.yaml',
    asked: [
      ['prometheus', 'error_rate', 'payments_total'],
      ['prometheus', 'declined_rate', 'payments_total'],
      ['prometheus', 'response_time_p95', 'service:http_request_duration_seconds:p95'],
    ],
    unanswered: ['loadtest.assertions_failed'],
  },
] as const) {
  const { project, stage, service: name } = service
  test(`${project}/${stage}/${name} with ${pushedMetrics.length} pushed values`, async () => {
    const request = { service, sloText: undefined, pushedMetrics, gitCommitId: undefined }
    const deps = {
      root,
      providers: ['prometheus', 'dynatrace'],
      defaultProvider: 'prometheus',
      optionMistakes: () => () => [],
    }
    const { sloSource, answers } = await loadDefinition(request, deps)
    expect(sloSource).toBe(source)
    const answered = answers.filter((answer) => answer.kind === 'asked')
    expect(answered.map(({ provider, name: indicator }) => [provider, indicator])).toEqual(
      asked.map(([provider, indicator]) => [provider, indicator]),
    )
    for (const [index, [, , part]] of asked.entries()) expect(answered[index]?.definition).toContain(part)
    const open = answers.filter((answer) => answer.kind === 'unanswered')
    expect(open.map(({ indicator }) => indicator)).toEqual(unanswered)
  })
}

test('a service that the bank does not list is not found', async () => {
  const request = {
    service: { project: 'bank', stage: 'prod', service: 'acounts' },
    sloText: undefined,
    pushedMetrics: [],
    gitCommitId: undefined,
  }
  const loading = loadDefinition(request, {
    root,
    providers: ['prometheus'],
    defaultProvider: 'prometheus',
    optionMistakes: () => () => [],
  })
  await expect(loading).rejects.toMatchObject({ code: 'service_not_found' })
})
