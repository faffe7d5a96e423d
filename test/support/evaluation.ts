import { v7 } from 'uuid'
import { defaultPolicies } from '../../slo/index.ts'
import type { NewEvaluation } from '../../src/evaluation/evaluation-store.ts'
import type { EndedEvaluation, OpenEvaluation } from '../../src/evaluation/evaluation.ts'
import type { Outcome } from '../../src/evaluation/unjudged.ts'

/** What an announcer needs to know. */
export const eventSettings = { source: 'pharos', maxBytes: 1_000_000, publicUrl: undefined }

/** How much may be queued: more than any test does that is not about it. */
export const ceilings = { evaluations: 10_000, bytes: 1_000_000_000, isPerToken: true }

const base = {
  id: '01993b6e-7a4c-7c1e-8d7e-4a1f0b2c3d4e',
  project: 'shop',
  stage: 'staging',
  service: 'carts',
  context: '5f1c0a1e-55a1-4f3a-9d33-0d6f0c6f2b11',
  trigger: { kind: 'api' },
  labels: { version: '0.1' },
  gitCommitId: null,
  window: { start: new Date('2026-01-02T03:00:00Z'), end: new Date('2026-01-02T03:05:00Z'), source: 'request' },
  attempt: 1,
  retryOf: null,
  retry: null,
  slo: {
    digest: `sha256:${'0'.repeat(64)}`,
    text: 'objectives: []\n',
    source: 'shop/slo.yaml',
    inline: false,
    totalScore: { pass: 90, warning: 75 },
  },
  engineVersion: '1',
  acceptedAt: new Date('2026-01-02T03:05:00Z'),
  startedAt: null,
  warnings: [],
  reasons: [],
  objectives: [],
  comparedEvaluations: [],
  invalidation: null,
} as const

/** An evaluation that waits; a test names what it is about. */
export function openEvaluation(parts: Partial<OpenEvaluation> = {}): OpenEvaluation {
  return { ...base, state: 'queued', result: null, score: null, finishedAt: null, ...parts }
}

/** An evaluation that passed; a test names what it is about. */
export function endedEvaluation(parts: Partial<EndedEvaluation> = {}): EndedEvaluation {
  const times = { startedAt: base.acceptedAt, finishedAt: new Date('2026-01-02T03:05:01Z') }
  return { ...base, ...times, state: 'succeeded', result: 'pass', score: 100, ...parts }
}

/** A window of its own for each, so that none is another's next attempt. */
let windows = 0

/** An evaluation to accept, due at once and left for whoever takes it; a test names what it is about. */
export function newEvaluation(parts: Partial<NewEvaluation> = {}): NewEvaluation {
  const { context, trigger, labels, window, slo } = base
  windows += 1
  return {
    id: v7(),
    service: { project: 'shop', stage: 'staging', service: 'carts' },
    context,
    trigger,
    labels,
    gitCommitId: null,
    window: { ...window, end: new Date(window.end.getTime() + windows * 60_000) },
    mayBeToCome: true,
    slo,
    policies: defaultPolicies,
    plan: [],
    engineVersion: '1',
    reasons: [],
    warnings: [],
    idempotency: undefined,
    leaseMs: undefined,
    ...parts,
  }
}

/** An outcome without anything measured. */
export const passed: Outcome = {
  state: 'succeeded',
  result: 'pass',
  baselineResult: 'pass',
  score: 100,
  reasons: [],
  warnings: [],
  objectives: [],
  comparedEvaluations: [],
  measurements: [],
  candidates: [],
  explanation: null,
}
