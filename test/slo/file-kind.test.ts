import { describe, expect, test } from 'vitest'
import { fileKindOf, lint } from '../../slo/index.ts'
import { issuesOf, sliIssuesOf } from './build.ts'

const slo = 'objectives: [{sli: a}]\ntotal_score: {pass: 90}\n'
const sli = 'indicators: {a: up}\n'

describe('a file of another kind is named, as an SLO and as an SLI file', () => {
  for (const { what, text, fix = 'it cannot be imported' } of [
    { what: 'a Keptn shipyard', text: 'apiVersion: "spec.keptn.sh/0.2.2"\nkind: Shipyard\nspec: {stages: []}\n' },
    { what: 'a Keptn shipyard', text: 'stages:\n  - name: dev\n    deployment_strategy: direct\n' },
    { what: 'an OpenSLO file', text: 'apiVersion: openslo/v1\nkind: SLO\nspec: {}\n' },
    { what: 'a Sloth file', text: 'version: prometheus/v1\nservice: carts\nslos: []\n' },
    { what: 'a Sloth file', text: 'apiVersion: sloth.slok.dev/v1\nkind: PrometheusServiceLevel\nspec: {}\n' },
    {
      what: 'a Keptn Lifecycle Toolkit file',
      text: 'apiVersion: metrics.keptn.sh/v1\nkind: AnalysisDefinition\nspec: {objectives: []}\n',
    },
    {
      what: 'a Keptn Lifecycle Toolkit file',
      text: 'apiVersion: lifecycle.keptn.sh/v1alpha3\nkind: KeptnApp\n',
    },
    {
      what: 'a Kubernetes ConfigMap',
      text: 'apiVersion: v1\nkind: ConfigMap\ndata: {custom-queries: "a: up"}\n',
      fix: 'move the text under its data',
    },
    {
      what: "a dynatrace.conf.yaml of Keptn's dynatrace-service",
      text: 'spec_version: "0.1.0"\ndtCreds: dynatrace\ndashboard: query\n',
      fix: 'pharos.yaml',
    },
    {
      what: 'a perfspec',
      text: '{"spec_version": "1.0", "indicators": [{"id": "a", "source": "Prometheus", "grading": {}}], "objectives": {"pass": 90}}',
      fix: 'as an objective in an slo.yaml',
    },
    {
      what: 'a Keptn 0.5 service indicators file',
      text: 'indicators:\n  - metric: a\n    source: Prometheus\n    query: up\n',
      fix: 'in an sli.yaml',
    },
    {
      what: 'a Keptn 0.5 service objectives file',
      text: 'pass: 90\nwarning: 75\nobjectives:\n  - metric: a\n    threshold: 1\n    timeframe: 5m\n    score: 50\n',
      fix: 'in an slo.yaml',
    },
    { what: 'a Kubernetes resource', text: 'apiVersion: apps/v1\nkind: Deployment\n' },
    {
      what: 'a Dynatrace dashboard',
      text: '{"dashboardMetadata": {"name": "x"}, "tiles": []}',
      fix: 'pharos import dynatrace-dashboard FILE',
    },
    {
      what: 'a new-style Dynatrace dashboard',
      text: '{"version": 15, "tiles": {}}',
      fix: 'accepts only classic dashboards',
    },
    {
      what: 'a Pharos project.yaml',
      text: 'policies: {missingData: fail}\n',
      fix: 'pharos validate',
    },
    {
      what: 'a Pharos project.yaml',
      text: 'stages: {dev: {}, prod: {window: {maxAge: 10m}}}\n',
      fix: 'pharos validate',
    },
    {
      what: 'a pharos.yaml',
      text: 'definitions: ./root\nproviders: {prometheus: {kind: prometheus, url: "http://localhost:9090"}}\n',
      fix: 'pharos validate',
    },
    {
      what: 'a Pharos options.yaml',
      text: 'indicators:\n  p95: {mode: range, reduce: p95}\n',
      fix: 'pharos validate',
    },
  ]) {
    test(`${what}: ${text.slice(0, 40)}`, () => {
      const issue = { code: 'other_kind', line: 1, column: 1, fix: expect.stringContaining(fix) }
      expect(issuesOf(text)).toEqual([{ ...issue, message: `this is ${what}, not an SLO` }])
      expect(sliIssuesOf(text)).toEqual([{ ...issue, message: `this is ${what}, not an SLI file` }])
      expect(lint(text)).toMatchObject([{ rule: 'other_kind', severity: 'error', fix: expect.stringContaining(fix) }])
    })
  }

  test('an SLO and an SLI file in place of each other', () => {
    expect(issuesOf(sli)).toMatchObject([{ message: 'this is an SLI file, not an SLO', fix: /sli\.yaml/ }].map(loosely))
    expect(sliIssuesOf(slo)).toMatchObject(
      [{ message: 'this is an SLO, not an SLI file', fix: /slo\.yaml/ }].map(loosely),
    )
  })
})

function loosely({ message, fix }: { readonly message: string; readonly fix: RegExp }) {
  return { code: 'other_kind', message, fix: expect.stringMatching(fix) }
}

for (const key of [
  'apiVersion: v1\nkind: SLO\n',
  'dtCreds: x\n',
  'indicators: {a: up}\n',
  'stages: [{sequences: []}]\n',
]) {
  test(`a valid SLO stays one with ${JSON.stringify(key)}`, () => {
    expect(issuesOf(`${key}${slo}`)).toEqual([])
  })
}

for (const { name, text, kind } of [
  { name: 'an SLO', text: slo, kind: 'slo' },
  { name: 'an SLI file', text: sli, kind: 'sli' },
  { name: 'an SLO that is not YAML', text: 'objectives: [\n', kind: 'slo' },
  { name: 'an SLI file that is not YAML', text: 'indicators:\n  a: "up\n', kind: 'sli' },
  { name: 'nothing', text: '', kind: undefined },
  { name: 'a list', text: '- a\n', kind: undefined },
  { name: 'a foreign file', text: 'kind: Shipyard\n', kind: undefined },
]) {
  test(`${name} is ${kind ?? 'neither'} by its content`, () => {
    expect(fileKindOf(text)).toBe(kind)
  })
}
