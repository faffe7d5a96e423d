const source = 'https://ci.example/pipelines/42'

/** Of an event in binary mode. */
export const dataExample = {
  project: 'shop',
  stage: 'staging',
  service: 'carts',
  labels: { build: '1742' },
  evaluation: { start: '2026-03-01T10:00:00Z', end: '2026-03-01T10:05:00Z' },
}

/** An event that starts an evaluation. */
export const eventExample = {
  specversion: '1.0',
  id: '5f7c9a52-7c3c-4a6e-9a0f-0f6d2f1f9a11',
  source,
  type: 'sh.keptn.event.evaluation.triggered',
  time: '2026-03-01T10:05:02Z',
  shkeptncontext: '0b7f6a5e-2f0b-4f57-8a26-1f8f6f0a3c11',
  data: dataExample,
}

export const batchExample = [
  { ...eventExample, id: '7a0e7c54-0f0f-4a63-8d5c-5a8d0c2b8c12' },
  { ...eventExample, id: 'a3e1b1a8-6f2b-4d0f-9c59-2f8f6e9b7d13', type: 'sh.keptn.event.release.finished' },
]

/** What `GET /v1/events/stream` sends. */
export const streamExample = [
  'id: 1025',
  'event: sh.keptn.event.evaluation.finished',
  `data: {"specversion":"1.0","id":"3d1c4a5b-9a0c-4b5d-8f6e-2b7a9c0d1e14","source":"pharos","type":"sh.keptn.event.evaluation.finished"}`,
  '',
  '',
].join('\n')
