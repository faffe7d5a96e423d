import type { Command } from './command.ts'
import { furtherWords, operandsOf, valueOf, type Completed } from './completing.ts'

/**
 * For bash from 3.2 on, which macOS has. Where no words are offered, readline completes files by itself; where files are wrong, it
 * is told not to, from bash 4 on.
 */
export function bashCompletion(commands: readonly Command[]): string {
  const first = [...commands.map(({ name }) => name), ...furtherWords.map(({ word }) => word)]
  return `_pharos() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words=""
  # --slo=FILE are three words to bash.
  if [ "$current" = "=" ]; then
    current=""
  elif [ "$previous" = "=" ] && [ "$COMP_CWORD" -ge 3 ]; then
    previous="\${COMP_WORDS[COMP_CWORD-2]}"
  fi
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="${first.join(' ')}"
  else
    case "\${COMP_WORDS[1]} $previous" in
${commands.flatMap(valueCases).join('\n')}
    *)
      case "\${COMP_WORDS[1]} $COMP_CWORD $current" in
${commands.flatMap(placeCases).join('\n')}
      esac ;;
    esac
  fi
  compopt +o default 2>/dev/null
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _pharos pharos
`
}

/** Behind an option that takes a value. */
function valueCases({ name, options }: Command): readonly string[] {
  return Object.entries(options).flatMap(([option, given]) => {
    const completed = valueOf(given)
    return completed === undefined ? [] : [`    "${name} --${option}") ${offering(completed)} ;;`]
  })
}

/** Elsewhere: options behind a dash and where nothing else can stand, else operands. */
function placeCases(command: Command): readonly string[] {
  const { name, options } = command
  const all = ['--help', ...Object.keys(options).map((option) => `--${option}`)]
  const operands = operandsOf(command)
  const optionsHere = offering({ kind: 'words', words: all })
  if (operands === undefined) return [`      "${name} "*) ${optionsHere} ;;`]
  return [
    `      "${name} "*" -"*) ${optionsHere} ;;`,
    `      "${name} 2 "*) ${offering(operands.first)} ;;`,
    `      "${name} "*) ${offering(operands.next)} ;;`,
  ]
}

function offering(completed: Completed): string {
  if (completed.kind === 'words') return `words="${completed.words.join(' ')}"`
  return completed.kind === 'files' ? 'return' : 'words=""'
}
