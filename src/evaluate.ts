import { createHash } from 'node:crypto'
import { v4, v7 } from 'uuid'
import {
  bearing,
  engineVersion,
  explainBriefly,
  foldedFindings,
  judge,
  trimCandidates,
  type Candidate,
  type Comparison,
  type Measurement,
  type Policies,
  type Reason,
  type RecentEvaluation,
  type Slo,
} from '../slo/index.ts'
import { withBasis, type BasisPartsFor } from './basis.ts'
import type { EvaluateCommand, IdempotencyKey } from './command.ts'
import type { Definition } from './definitions/load.ts'
import { PharosError } from './errors.ts'
import type { EndedEvaluation, Evaluation, SloUsed, Trigger, Warning } from './evaluation.ts'
import { historyWarnings } from './history-warnings.ts'
import { newNameWarnings, type JudgedNames } from './new-names.ts'
import { informationalIn } from './informational.ts'
import { identityOf, type PlannedIndicator } from './planned.ts'
import { isRefused, refused, ungated, type Outcome } from './outcome.ts'
import { planIndicators, type EscapeFor } from './plan.ts'
import { prepare, prepareAnyway, type PrepareDeps } from './prepare.ts'
import type { ServiceKey } from './service.ts'
import { skippedWarnings, type SkippedEvaluation } from './skipped.ts'
import { coverageWarnings, providerWarnings, retriedWarnings, unusedWarnings } from './warnings.ts'
import type { Window } from './window.ts'

/** A row to be: everything known before anything is measured. */
export interface NewEvaluation {
  readonly id: string
  readonly service: ServiceKey
  readonly context: string
  readonly trigger: Trigger
  readonly labels: Readonly<Record<string, string>>
  readonly gitCommitId: string | null
  readonly window: Window
  /** It is due at once without, else when the window has ended by the database's clock. */
  readonly mayBeToCome: boolean
  readonly slo: SloUsed | null
  readonly policies: Policies
  readonly plan: readonly PlannedIndicator[]
  readonly engineVersion: string
  /** What is known of the result before anything is measured. */
  readonly reasons: readonly Reason[]
  readonly warnings: readonly Warning[]
  readonly idempotency: IdempotencyKey | undefined
  /** Given when this process can run it at once: then it is taken as it is written, for so long. */
  readonly leaseMs: number | undefined
}

/** An evaluation under this process's lease. */
export interface TakenEvaluation {
  readonly evaluation: Evaluation
  readonly policies: Policies
  readonly plan: readonly PlannedIndicator[]
  readonly leaseToken: string
  /** How often it was taken, this time included. */
  readonly runs: number
  /** How many of those runs ended with an error of the service or the database. */
  readonly failedRuns: number
}

export interface Accepted {
  readonly evaluation: Evaluation
  /** Under a lease of this process from its first moment, and to be run here. */
  readonly taken?: TakenEvaluation
  /** The idempotency key or the event was known: this is the evaluation it stood for. */
  readonly replayed: boolean
  /** It was there already, for another event of the same context. */
  readonly joined?: boolean
}

export interface History {
  /** Newest first, at most 50. */
  readonly candidates: readonly Candidate[]
  /** Earlier evaluations that do not count, newest first. */
  readonly skipped: readonly SkippedEvaluation[]
}

/** Which earlier evaluations a judgement may need. */
export interface HistoryWanted {
  readonly comparison: Comparison
  readonly indicators: readonly { readonly provider: string; readonly name: string }[]
}

/** What the use case needs of storage. */
export interface EvaluationStore {
  findByKey(
    service: ServiceKey,
    key: string,
  ): Promise<{ readonly evaluation: Evaluation; readonly bodyDigest: string } | undefined>
  /** Stages and services of a project with a judged evaluation. */
  judgedNames(service: ServiceKey): Promise<JudgedNames>
  /**
   * Writes the row, its key or its event, and its started event in one transaction; a key or an event taken meanwhile
   * answers with its evaluation.
   */
  accept(evaluation: NewEvaluation): Promise<Accepted & { readonly bodyDigest: string | undefined }>
  history(evaluation: Evaluation, wanted: HistoryWanted): Promise<History>
  /** What the newest earlier evaluations measured, whatever came of them; newest first, at most 20. */
  recent(evaluation: Evaluation): Promise<readonly RecentEvaluation[]>
  /** Writes the outcome and its finished event in one transaction; undefined when the lease was lost meanwhile. */
  finish(taken: TakenEvaluation, outcome: Outcome): Promise<EndedEvaluation | undefined>
}

export interface AcceptDeps extends PrepareDeps {
  readonly store: Pick<EvaluationStore, 'findByKey' | 'accept' | 'judgedNames'>
  readonly escapeFor: EscapeFor
  readonly basisPartsFor: BasisPartsFor
  /** The variables of the environment that queries may see. */
  readonly environment: Readonly<Record<string, string>>
  readonly log: { info(fields: object, sentence: string): void }
}

export interface RunDeps {
  readonly store: Pick<EvaluationStore, 'history' | 'recent' | 'finish'>
  readonly parse: (sloText: string) => Slo
  readonly measure: (
    plan: readonly PlannedIndicator[],
    window: Window,
    signal: AbortSignal,
    informational: ReadonlySet<string>,
  ) => Promise<readonly Measurement[]>
}

/**
 * Turns a wish into a row: the whole definition is read and checked first, nothing is measured yet.
 * With `leaseMs`, what is due at once is taken as it is written. Throws PharosError for everything a caller can mend;
 * an event's sender does not hear of that, so there it becomes an evaluation that ends `errored`.
 */
export async function accept(
  command: EvaluateCommand,
  deps: AcceptDeps,
  leaseMs: number | undefined,
): Promise<Accepted> {
  const { service, idempotency } = command
  const known = idempotency && (await deps.store.findByKey(service, idempotency.key))
  if (known) return replay(known, idempotency)
  const prepared = await (command.trigger.kind === 'event' ? prepareAnyway(command, deps) : prepare(command, deps))
  const { window, definition, reasons } = prepared
  const news = await newNameWarnings(service, definition, deps.store)
  const accepted = await deps.store.accept({
    id: v7(),
    service,
    context: command.context ?? v4(),
    trigger: command.trigger,
    labels: command.labels,
    gitCommitId: definition.gitCommit,
    window,
    mayBeToCome: prepared.mayBeToCome,
    slo: sloUsed(definition),
    policies: definition.policies,
    plan: planOf(definition, command, window, deps),
    engineVersion,
    reasons,
    warnings: [
      ...prepared.warnings,
      ...news,
      ...definition.warnings,
      ...definition.findings.map((finding) => ({ ...finding })),
      ...unusedWarnings(definition.answers, command.pushed),
    ],
    idempotency,
    leaseMs,
  })
  if (accepted.replayed)
    return replay({ evaluation: accepted.evaluation, bodyDigest: accepted.bodyDigest }, idempotency)
  const { id, attempt, window: settled } = accepted.evaluation
  const sentence = accepted.joined === true ? 'evaluation joined' : 'evaluation accepted'
  deps.log.info({ evaluationId: id, ...service, window: settled, attempt }, sentence)
  return accepted
}

/**
 * Measures, judges and records one taken evaluation.
 * Answers undefined when another process holds it by now. Rejects when `signal` aborts or storage is away.
 */
export async function run(
  taken: TakenEvaluation,
  deps: RunDeps,
  signal: AbortSignal,
): Promise<EndedEvaluation | undefined> {
  const { evaluation, plan, policies } = taken
  if (isRefused(evaluation)) return deps.store.finish(taken, refused(evaluation))
  if (evaluation.slo === null) return deps.store.finish(taken, ungated(evaluation))
  const slo = deps.parse(evaluation.slo.text)
  const { comparison } = slo
  const [measurements, history, recent] = await Promise.all([
    deps.measure(plan, evaluation.window, signal, informationalIn(slo)),
    deps.store.history(evaluation, { comparison, indicators: plan.map(identityOf) }),
    deps.store.recent(evaluation),
  ])
  const candidates = trimCandidates(slo, measurements, history.candidates)
  const judgement = judge(slo, measurements, candidates, policies)
  const findings = [...evaluation.warnings, ...historyWarnings(evaluation.slo, history.candidates, recent)]
  const warnings = [
    ...foldedFindings(bearing(findings, { slo, judgement, candidates })),
    ...retriedWarnings(evaluation),
    ...providerWarnings(measurements),
    ...coverageWarnings(slo, measurements),
    ...skippedWarnings(history, judgement.comparedEvaluations, slo),
  ]
  const explanation = explainBriefly(slo, measurements, candidates, policies)
  const reasons = [...judgement.reasons, ...evaluation.reasons]
  return deps.store.finish(taken, { ...judgement, reasons, measurements, candidates, warnings, explanation })
}

/** What is asked, and the basis of each value. */
function planOf(
  definition: Definition,
  command: EvaluateCommand,
  window: Window,
  { environment, escapeFor, basisPartsFor }: AcceptDeps,
): readonly PlannedIndicator[] {
  const plan = planIndicators(definition, { ...command, environment }, window, escapeFor)
  return withBasis(plan, { window, filter: definition.slo?.filter ?? [], environment, partsFor: basisPartsFor })
}

interface Known {
  readonly evaluation: Evaluation
  /** Undefined where bodies are not compared. */
  readonly bodyDigest?: string | undefined
}

function replay(known: Known, idempotency: IdempotencyKey | undefined): Accepted {
  if (known.bodyDigest === idempotency?.bodyDigest) return { evaluation: known.evaluation, replayed: true }
  throw new PharosError(
    'idempotency_key_reused',
    `the Idempotency-Key ${JSON.stringify(idempotency?.key)} was used for this service with another body (evaluation ${known.evaluation.id}): send a new key, or the same body`,
  )
}

function sloUsed(definition: Definition): SloUsed | null {
  if (definition.slo === null || definition.sloText === null || definition.sloSource === null) return null
  return {
    digest: `sha256:${createHash('sha256').update(definition.sloText).digest('hex')}`,
    text: definition.sloText,
    source: definition.sloSource,
    inline: definition.sloSource === 'inline' && !definition.isInlineOwn,
    totalScore: definition.slo.totalScore,
  }
}
