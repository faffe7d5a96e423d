import type { Command } from './command.ts'
import { furtherWords, helpOption, operandsOf, valueOf, type Completed } from './completing.ts'

/** For zsh from 5 on: sourced, or loaded by compinit from a folder of fpath, where the file itself is called as the function. */
export function zshCompletion(commands: readonly Command[]): string {
  const described = commands.map(({ name, summary }) => ({ word: name, text: summary }))
  const [words, switches] = [
    [...described, ...furtherWords.filter(({ word }) => !word.startsWith('-'))],
    furtherWords.filter(({ word }) => word.startsWith('-')),
  ]
  return `#compdef pharos
_pharos() {
  local -a commands switches
  commands=(
${words.map(describedWord).join('\n')}
  )
  switches=(
${switches.map(describedWord).join('\n')}
  )
  if (( CURRENT == 2 )); then
    if [[ $PREFIX == -* ]]; then _describe -o 'option' switches; else _describe 'command' commands; fi
    return
  fi
  shift words; (( CURRENT-- ))
  case "\${words[1]}" in
${commands.map(commandCase).join('\n')}
  esac
}
if [[ "\${zsh_eval_context[-1]}" == loadautofunc ]]; then _pharos "$@"; else compdef _pharos pharos; fi
`
}

function commandCase(command: Command): string {
  const options = Object.entries(command.options).map(([option, given]) => {
    const completed = valueOf(given)
    const value = completed === undefined ? '' : `:${message(given.value ?? '')}:${action(completed)}`
    const begin = `${given.isMany === true ? '*' : ''}--${option}${completed === undefined ? '' : '='}`
    return `      '${begin}[${quoted(given.text)}]${value}'`
  })
  const operands = operandsOf(command)
  const places =
    operands === undefined
      ? []
      : [
          `      '1:${message(command.operands ?? '')}:${action(operands.first)}'`,
          `      '*: :${action(operands.next)}'`,
        ]
  const lines = [`      '--help[${helpOption.text}]'`, ...options, ...places]
  return `    ${command.name}) _arguments \\\n${lines.join(' \\\n')} ;;`
}

/** A blank: nothing is offered, what is wanted is told. */
function action(completed: Completed): string {
  if (completed.kind === 'words') return `(${completed.words.join(' ')})`
  return completed.kind === 'files' ? '_files' : ' '
}

/** Between colons. */
function message(text: string): string {
  return quoted(text).replaceAll(':', '\\:')
}

function describedWord({ word, text }: { readonly word: string; readonly text: string }): string {
  return `    '${word}:${quoted(text)}'`
}

/** Within single quotes, and within the brackets that zsh reads. */
function quoted(text: string): string {
  return text.replaceAll("'", "'\\''").replaceAll('[', '(').replaceAll(']', ')')
}
