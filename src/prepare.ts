import { defaultPolicies, type Reason, type ReasonCode } from '../slo/index.ts'
import type { EvaluateCommand } from './command.ts'
import type { Definition, DefinitionRequest } from './definitions/load.ts'
import { PharosError, type ErrorCode, type Mistake } from './errors.ts'
import { defaultWindow, mayBeToCome, type Window } from './window.ts'

/** Everything a row needs before anything is measured. */
export interface Prepared {
  readonly window: Window
  /** Whether the window may be yet to end: the database's clock tells. */
  readonly mayBeToCome: boolean
  readonly definition: Definition
  /** What is known already of the result; one of `refusals` is the whole of it. */
  readonly reasons: readonly Reason[]
}

export interface PrepareDeps {
  readonly define: (request: DefinitionRequest) => Promise<Definition>
  readonly now: () => Date
}

/** Settles the window and reads the definition whole. Throws PharosError for everything a caller can mend. */
export async function prepare(command: EvaluateCommand, deps: PrepareDeps): Promise<Prepared> {
  const now = deps.now()
  const settled = command.window(now)
  if ('mistakes' in settled) {
    throw new PharosError('invalid_window', 'the window is not valid', { mistakes: settled.mistakes })
  }
  const definition = await deps.define(definitionRequest(command))
  return { ...settled, mayBeToCome: mayBeToCome(settled.window, now), definition }
}

/**
 * The same for a wish whose sender waits for an event and not for a reply: what cannot be judged is a reason, so that it ends
 * `errored` and is announced. Its window is then the default one, and its definition empty.
 */
export async function prepareAnyway(command: EvaluateCommand, deps: PrepareDeps): Promise<Prepared> {
  const now = deps.now()
  const settled = command.window(now)
  const { window, reasons } =
    'mistakes' in settled
      ? {
          window: defaultWindow(now),
          reasons: [refusal('window_invalid', 'the window is not valid', settled.mistakes)],
        }
      : settled
  try {
    const definition = await deps.define(definitionRequest(command))
    return { window, mayBeToCome: mayBeToCome(window, now), reasons, definition }
  } catch (error) {
    const code = error instanceof PharosError ? refusedAs[error.code] : undefined
    if (!(error instanceof PharosError) || code === undefined) throw error
    return {
      window,
      // There is nothing to wait for.
      mayBeToCome: false,
      reasons: [...reasons, refusal(code, error.message, error.mistakes)],
      definition: nothing,
    }
  }
}

const refusedAs: Partial<Record<ErrorCode, ReasonCode>> = {
  slo_invalid: 'slo_invalid',
  sli_invalid: 'slo_invalid',
  project_invalid: 'slo_invalid',
  slo_not_found: 'slo_missing',
  service_not_found: 'slo_missing',
  commit_unreadable: 'slo_missing',
}

const nothing: Definition = {
  slo: null,
  sloText: null,
  sloSource: null,
  policies: { ...defaultPolicies, missingSlo: 'fail' },
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
