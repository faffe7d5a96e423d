import type { PushedValue } from '../measuring/plan.ts'
import type { Trigger } from './evaluation.ts'
import type { ServiceKey } from '../base/names.ts'
import type { WindowAsked } from './settle-window.ts'

/** A caller's request, already parsed: every text is of its grammar, every number finite. */
export interface EvaluateCommand {
  readonly service: ServiceKey
  readonly window: WindowAsked
  readonly labels: Readonly<Record<string, string>>
  readonly slo: string | undefined
  readonly pushed: readonly PushedValue[]
  /** Of a whole report, of which most is not asked for. */
  readonly reported: readonly PushedValue[]
  readonly context: string | undefined
  readonly gitCommitId: string | undefined
  readonly trigger: Trigger
  /** How the service was tested, according to a Keptn event. */
  readonly testStrategy?: string | undefined
  readonly idempotency: IdempotencyKey | undefined
}

export interface IdempotencyKey {
  readonly key: string
  /** Of the request it came with: the same key with another body is refused. */
  readonly bodyDigest: string
}
