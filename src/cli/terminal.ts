/** What a command sees of the world; tests have one of their own. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** Columns of a line; a usual number where nobody looks. */
  readonly columns: number
  /** Whether what goes to standard output may have colours. */
  readonly isColored: boolean
  /** All of standard input. */
  input(): Promise<Uint8Array>
  /** Data, and nothing else. */
  out(text: string): void
  /** Everything that is no data. */
  say(line: string): void
  readonly now: () => Date
  readonly pause: (ms: number) => Promise<void>
}

/** Colours are for people who look, and who have not said that they want none: https://no-color.org. */
export function mayColor(isTerminal: boolean, env: Terminal['env']): boolean {
  return isTerminal && (env['NO_COLOR'] ?? '') === ''
}

/** How a command ends; documented in docs/cli.md. */
export const exitCodes = {
  /** A pass, also a warning unless --warning fail says otherwise; for other commands: as asked. */
  ok: 0,
  /** The arguments, or a file that they name, cannot be used. */
  usage: 2,
  unauthorized: 3,
  notFound: 4,
  unreachable: 6,
  /** A warning, with --warning fail. */
  warning: 10,
  failed: 20,
  /** Errored or aborted: there is no judgement. */
  undecided: 30,
  waitedTooLong: 40,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** Ends a command: what is wrong and what was expected, in a sentence. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly exitCode: ExitCode

  constructor(exitCode: ExitCode, message: string, options: ErrorOptions = {}) {
    super(message, options)
    this.exitCode = exitCode
  }
}

export function usageError(message: string): CommandError {
  return new CommandError(exitCodes.usage, message)
}
