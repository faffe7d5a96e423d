import { defaultPolicies, type Reason, type ReasonCode } from '../../slo/index.ts'
import type { EvaluateCommand } from './command.ts'
import type { Definition, DefinitionRequest } from '../definitions/load.ts'
import { PharosError, type ErrorCode, type Mistake } from '../base/errors.ts'
import type { Warning } from '../base/warning.ts'
import { settleWindow, type SettledWindow } from './settle-window.ts'
import { defaultWindow, mayBeToCome, type Window } from '../base/window.ts'

/** Everything a row needs before anything is measured. */
export interface Prepared {
  readonly window: Window
  /** Whether the window may be yet to end: the database's clock tells. */
  readonly mayBeToCome: boolean
  readonly definition: Definition
  /** What is known already of the result; one of `refusals` is the whole of it. */
  readonly reasons: readonly Reason[]
  /** About the window. */
  readonly warnings: readonly Warning[]
}

export interface PrepareDeps {
  readonly define: (request: DefinitionRequest) => Promise<Definition>
  /** How long before its event a test may have ended, by default. */
  readonly testAgeMaxMs: number
  /** No window is longer. */
  readonly windowMaxMs: number
}

/** The minimum length of a request's window, by default. */
const requestMinimumMs = 60_000
/** The same for an event: Keptn accepted tests of any length. */
const eventMinimumMs = 10_000

/** Reads the definition whole and settles the window. Throws PharosError for everything a caller can fix. */
export async function prepare(command: EvaluateCommand, deps: PrepareDeps): Promise<Prepared> {
  const [{ resolved }] = command.window.offers
  if ('mistakes' in resolved) throw invalidWindow(resolved.mistakes)
  const definition = await deps.define(definitionRequest(command))
  const settled = settledBy(definition, command, deps)
  if ('mistakes' in settled) throw invalidWindow(settled.mistakes)
  return { ...settled, mayBeToCome: mayBeToCome(settled.window, command.window.now), definition }
}

function settledBy({ window }: Definition, command: EvaluateCommand, deps: PrepareDeps): SettledWindow {
  const minimumMs = command.trigger.kind === 'event' ? eventMinimumMs : requestMinimumMs
  return settleWindow(command.window, window, { minimumMs, maximumMs: deps.windowMaxMs, maxAgeMs: deps.testAgeMaxMs })
}

function invalidWindow(mistakes: readonly Mistake[]): PharosError {
  return new PharosError('invalid_window', 'the window is not valid', { mistakes })
}

/**
 * The same for a request whose sender waits for an event and not for a reply: what cannot be judged is a reason, so that it ends
 * `errored` and is announced. Its window is then the default one, and its definition empty.
 */
export async function prepareAnyway(command: EvaluateCommand, deps: PrepareDeps): Promise<Prepared> {
  const { now } = command.window
  const { definition, reasons: refusals } = await definedAnyway(command, deps)
  const settled = settledBy(definition, command, deps)
  const { window, reasons, warnings } =
    'mistakes' in settled
      ? {
          window: defaultWindow(now),
          reasons: [refusal('window_invalid', 'the window is not valid', settled.mistakes)],
          warnings: [],
        }
      : settled
  return {
    window,
    // Without a definition there is nothing to wait for.
    mayBeToCome: refusals.length === 0 && mayBeToCome(window, now),
    definition,
    reasons: [...reasons, ...refusals],
    warnings,
  }
}

/** With a reason, the definition is empty. */
async function definedAnyway(
  command: EvaluateCommand,
  deps: PrepareDeps,
): Promise<Pick<Prepared, 'definition' | 'reasons'>> {
  try {
    return { definition: await deps.define(definitionRequest(command)), reasons: [] }
  } catch (error) {
    const code = error instanceof PharosError ? refusedAs[error.code] : undefined
    if (!(error instanceof PharosError) || code === undefined) throw error
    return { definition: nothing, reasons: [refusal(code, error.message, error.mistakes)] }
  }
}

const refusedAs: Partial<Record<ErrorCode, ReasonCode>> = {
  slo_invalid: 'slo_invalid',
  sli_invalid: 'slo_invalid',
  project_invalid: 'slo_invalid',
  slo_not_found: 'slo_missing',
  stage_not_found: 'slo_missing',
  service_not_found: 'slo_missing',
  commit_unreadable: 'slo_missing',
}

const nothing: Definition = {
  slo: null,
  sloText: null,
  sloSource: null,
  policies: { ...defaultPolicies, missingSlo: 'fail' },
  window: {},
  unlisted: [],
  isInlineOwn: false,
  gitCommit: null,
  answers: [],
  findings: [],
  warnings: [],
}

function definitionRequest({ service, slo, pushed, reported, gitCommitId }: EvaluateCommand): DefinitionRequest {
  const metrics = (values: EvaluateCommand['pushed']): readonly string[] => values.map(({ metric }) => metric)
  return { service, sloText: slo, pushedMetrics: metrics(pushed), reportedMetrics: metrics(reported), gitCommitId }
}

/** So many mistakes are in the sentence; all are in `errors`. */
const toldMax = 3

function refusal(code: ReasonCode, what: string, mistakes: readonly Mistake[]): Reason {
  if (mistakes.length === 0) return { code, message: `Not judged: ${what}.` }
  const told = mistakes.slice(0, toldMax).map((mistake) => `${placeOf(mistake)}${mistake.message}`)
  const more = mistakes.length > toldMax ? [`${mistakes.length - toldMax} more`] : []
  return { code, message: `Not judged: ${what}: ${[...told, ...more].join('; ')}.`, errors: mistakes }
}

function placeOf({ file, line, column, pointer }: Mistake): string {
  const place = file === undefined ? pointer : [file, line, column].filter((part) => part !== undefined).join(':')
  return place === undefined ? '' : `${place}: `
}
