import { createHash } from 'node:crypto'
import { v4, v7 } from 'uuid'
import {
  bearing,
  engineVersion,
  explainBriefly,
  foldedFindings,
  judge,
  trimCandidates,
  type Measurement,
  type Slo,
} from '../../slo/index.ts'
import { withBasis, type BasisPartsFor } from '../measuring/basis.ts'
import type { EvaluateCommand, IdempotencyKey } from './command.ts'
import type { Definition } from '../definitions/load.ts'
import { PharosError } from '../base/errors.ts'
import type { Accepted, EvaluationStore, TakenEvaluation } from './evaluation-store.ts'
import type { EndedEvaluation, Evaluation, SloUsed } from './evaluation.ts'
import { historyWarnings } from './history-warnings.ts'
import { newNameWarnings } from './new-names.ts'
import { informationalIn } from './informational.ts'
import { asksProviders, identityOf, type PlannedIndicator } from '../measuring/planned.ts'
import { isRefused, refused, ungated } from './unjudged.ts'
import { planIndicators, type EscapeFor } from '../measuring/plan.ts'
import { prepare, prepareAnyway, type PrepareDeps } from './prepare.ts'
import type { QueryProblemsFor } from '../definitions/query-problems.ts'
import { queryWarnings } from '../measuring/query-warnings.ts'
import { skippedWarnings } from './skipped.ts'
import { coverageWarnings, providerWarnings, retriedWarnings, unusedWarnings } from './warnings.ts'
import type { Window } from '../base/window.ts'

export interface AcceptDeps extends PrepareDeps {
  readonly store: Pick<EvaluationStore, 'findByKey' | 'accept' | 'judgedNames'>
  readonly escapeFor: EscapeFor
  readonly basisPartsFor: BasisPartsFor
  readonly queryProblemsFor: QueryProblemsFor
  /** The variables of the environment that queries may see. */
  readonly environment: Readonly<Record<string, string>>
  readonly log: { info(fields: object, sentence: string): void }
}

export interface RunDeps {
  readonly store: Pick<EvaluationStore, 'history' | 'recent' | 'finish'>
  readonly parse: (sloText: string) => Slo
  readonly measure: (
    plan: readonly PlannedIndicator[],
    of: {
      readonly project: string
      readonly window: Window
      readonly informational: ReadonlySet<string>
      /** Called with the first slot at each provider that has any. */
      readonly onBegin: () => void
    },
    signal: AbortSignal,
  ) => Promise<readonly Measurement[]>
}

/**
 * Turns a command into a row: the whole definition is read and checked first, nothing is measured yet.
 * If `leaseFor` answers a time in milliseconds, what is due at once is taken as it is written. Throws PharosError for everything
 * a caller can fix; an event's sender does not hear of that, so there it becomes an evaluation that ends `errored`.
 */
export async function accept(
  command: EvaluateCommand,
  deps: AcceptDeps,
  leaseFor: (plan: readonly PlannedIndicator[]) => number | undefined,
): Promise<Accepted> {
  const { service, idempotency } = command
  const known = idempotency && (await deps.store.findByKey(service, idempotency.key))
  if (known) return replay(known, idempotency)
  const prepared = await (command.trigger.kind === 'event' ? prepareAnyway(command, deps) : prepare(command, deps))
  const { window, definition, reasons } = prepared
  const news = await newNameWarnings(service, definition, deps.store)
  const plan = planOf(definition, command, window, deps)
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
    plan,
    engineVersion,
    reasons,
    warnings: [
      ...prepared.warnings,
      ...news,
      ...definition.warnings,
      ...definition.findings.map((finding) => ({ ...finding })),
      ...(await queryWarnings(plan, window, deps.queryProblemsFor)),
      ...unusedWarnings(definition.answers, command.pushed),
    ],
    idempotency,
    leaseMs: leaseFor(plan),
  })
  if (accepted.replayed)
    return replay({ evaluation: accepted.evaluation, bodyDigest: accepted.bodyDigest }, idempotency)
  const { id, attempt, window: settled } = accepted.evaluation
  const sentence = accepted.joined === true ? 'evaluation joined' : 'evaluation accepted'
  deps.log.info({ by: command.trigger.by, evaluationId: id, ...service, window: settled, attempt }, sentence)
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
  const { project, window } = evaluation
  // Read with the first slot: a waiting evaluation must not hold its history in memory, nor miss what ends meanwhile.
  const past = once(() =>
    Promise.all([
      deps.store.history(evaluation, { comparison, indicators: plan.map(identityOf) }),
      deps.store.recent(evaluation),
    ]),
  )
  const onBegin = (): void => void past().catch(() => undefined)
  if (!asksProviders(plan)) onBegin()
  const measurements = await deps.measure(
    plan,
    { project, window, informational: informationalIn(slo), onBegin },
    signal,
  )
  const [history, recent] = await past()
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

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined
  return () => (made ??= { value: make() }).value
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
