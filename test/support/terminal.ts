import { runCommand } from '../../src/cli/run.ts'
import type { Terminal } from '../../src/cli/terminal.ts'

export interface CommandRun {
  readonly code: number
  /** Standard output. */
  readonly out: string
  /** Standard error. */
  readonly said: string
}

/** Runs one command in this process, in `cwd`, with nothing of this process's environment. */
export async function runPharosCommand(
  argv: readonly string[],
  surroundings: Partial<Omit<Terminal, 'input'>> & { readonly cwd: string; readonly stdin?: string | Uint8Array },
): Promise<CommandRun> {
  let out = ''
  let said = ''
  const code = await runCommand(argv, {
    env: {},
    columns: 100,
    isColored: false,
    input: async () => Buffer.from(surroundings.stdin ?? ''),
    out: (text) => (out += text),
    say: (line) => (said += `${line}\n`),
    now: () => new Date(),
    pause: (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 50))),
    ...surroundings,
  })
  return { code, out, said }
}
