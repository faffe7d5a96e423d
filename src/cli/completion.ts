import type { Command } from './command.ts'
import { exitCodes, usageError } from './terminal.ts'

/** `pharos completion bash|zsh`, of all commands. */
export function completionCommand(commands: () => readonly Command[]): Command {
  return {
    name: 'completion',
    operands: 'bash|zsh',
    summary: 'Prints completions for a shell.',
    options: {},
    examples: ['pharos completion bash > pharos.bash', 'pharos completion zsh > _pharos'],
    run: async (parsed, terminal) => {
      const [shell, ...more] = parsed.operands
      if ((shell !== 'bash' && shell !== 'zsh') || more.length > 0) throw usageError('completion needs bash or zsh')
      terminal.out(shell === 'bash' ? bash(commands()) : zsh(commands()))
      return exitCodes.ok
    },
  }
}

function optionsOf({ options }: Command): readonly string[] {
  return ['--help', ...Object.keys(options).map((name) => `--${name}`)]
}

function bash(commands: readonly Command[]): string {
  const cases = commands.map((command) => `    ${command.name}) words="${optionsOf(command).join(' ')}" ;;`)
  const valued = commands.flatMap(({ options }) =>
    Object.entries(options).flatMap(([name, { words }]) =>
      words === undefined ? [] : [`    --${name}) words="${words.join(' ')}" ;;`],
    ),
  )
  return `_pharos() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words=""
  case "\${COMP_WORDS[COMP_CWORD-1]}" in
${[...new Set(valued)].join('\n')}
  esac
  if [ -z "$words" ] && [ "$COMP_CWORD" -eq 1 ]; then words="${commands.map(({ name }) => name).join(' ')} --help"; fi
  if [ -z "$words" ] && [[ "$current" == -* ]]; then
    case "\${COMP_WORDS[1]}" in
${cases.map((line) => `  ${line}`).join('\n')}
    esac
  fi
  if [ -n "$words" ]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  else
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  fi
}
complete -o filenames -F _pharos pharos
`
}

function zsh(commands: readonly Command[]): string {
  const quoted = (text: string): string =>
    text.replaceAll("'", "'\\''").replaceAll('[', '(').replaceAll(']', ')').replaceAll(':', ',')
  const described = commands.map(({ name, summary }) => `    '${name}:${quoted(summary)}'`)
  const cases = commands.map(({ name, options }) => {
    const lines = Object.entries(options).map(([option, { value, words, text, isMany }]) => {
      const argument =
        value === undefined
          ? ''
          : words === undefined
            ? `:${quoted(value)}:_files`
            : `:${quoted(value)}:(${words.join(' ')})`
      return `      '${isMany === true ? '*' : ''}--${option}[${quoted(text)}]${argument}'`
    })
    return [`    ${name}) _arguments \\`, ...lines.map((line) => `${line} \\`), `      '*:file:_files' ;;`].join('\n')
  })
  return `#compdef pharos
_pharos() {
  local -a commands
  commands=(
${described.join('\n')}
  )
  if (( CURRENT == 2 )); then _describe 'command' commands; return; fi
  shift words; (( CURRENT-- ))
  case "\${words[1]}" in
${cases.join('\n')}
  esac
}
compdef _pharos pharos
`
}
