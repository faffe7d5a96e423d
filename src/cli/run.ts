import { described, wrapped } from './columns.ts'
import { help, parse, type Command } from './command.ts'
import { completionCommand } from './commands/completion.ts'
import { evaluateCommand } from './commands/evaluate.ts'
import { historyCommand } from './commands/history.ts'
import { importCommand } from './commands/import.ts'
import { explainCommand, judgeCommand } from './commands/judge.ts'
import { lintCommand } from './commands/lint.ts'
import { providerCommand } from './commands/provider.ts'
import { withoutCredentials } from '../base/shown-url.ts'
import { serving, servingHelp } from './serving.ts'
import { CommandError, exitCodes, type ExitCode, type Terminal } from './terminal.ts'
import { version } from '../base/version.ts'
import { validateCommand } from './commands/validate.ts'

/** Every command there is: adding one is a file and a line. */
export const commands: readonly Command[] = [
  evaluateCommand,
  judgeCommand,
  explainCommand,
  lintCommand,
  validateCommand,
  historyCommand,
  importCommand,
  providerCommand,
  completionCommand(() => commands),
]

/** Runs one command. Mistakes that a caller can fix become a sentence and an exit code; anything else is thrown. */
export async function runCommand(argv: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const [name, ...args] = argv
  if (name === 'help' && args.length > 0) return runCommand([...args, '--help'], terminal)
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    terminal.out(overview(terminal.columns))
    return exitCodes.ok
  }
  if (name === '--version' || name === 'version') {
    terminal.out(`pharos ${version}\n`)
    return exitCodes.ok
  }
  try {
    const command = commands.find((one) => one.name === name)
    const wantsHelp = args.includes('--help') || args.includes('-h')
    if (name === serving.name) {
      if (!wantsHelp) throw new CommandError(exitCodes.usage, servingTakesNone)
      terminal.out(servingHelp(terminal.columns))
      return exitCodes.ok
    }
    if (command === undefined) {
      throw new CommandError(exitCodes.usage, `there is no command ${name}: see pharos --help`)
    }
    if (wantsHelp) {
      terminal.out(help(command, terminal.columns))
      return exitCodes.ok
    }
    return await command.run(parse(command, args), terminal)
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    // An argument that is quoted may be a URL.
    terminal.say(withoutCredentials(error.message))
    return error.exitCode
  }
}

function overview(columns: number): string {
  const told = [...commands.map(({ name, summary }) => ({ name, summary })), serving]
  const width = Math.max(...told.map(({ name }) => name.length))
  return [
    'usage: pharos <command> [options]',
    '',
    ...told.flatMap(({ name, summary }) => described(name, summary, width, columns)),
    '',
    ...wrapped(endings, columns, 0),
    '',
  ].join('\n')
}

const servingTakesNone = 'serve takes no options: its settings come from pharos.yaml and the environment'

const endings =
  'pharos <command> --help shows its options. Exit codes: 0 pass, 10 warning with --warning fail, 20 fail, 30 no judgement, 40 waited too long, 2 usage or invalid file, 3 not authorised, 4 not found, 6 server unreachable.'
