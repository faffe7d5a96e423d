import { bashCompletion } from '../completion-bash.ts'
import { zshCompletion } from '../completion-zsh.ts'
import type { Command } from '../command.ts'
import { exitCodes, usageError } from '../terminal.ts'

/** `pharos completion bash|zsh`, of all commands. */
export function completionCommand(commands: () => readonly Command[]): Command {
  return {
    name: 'completion',
    operands: 'bash|zsh',
    summary: 'Print completions for a shell.',
    details:
      'In bash, source them, for example in ~/.bashrc. In zsh, save them as _pharos in a folder of fpath, or source them after compinit.',
    options: {},
    examples: ['pharos completion bash > pharos.bash', 'pharos completion zsh > _pharos'],
    run: async (parsed, terminal) => {
      const [shell, ...more] = parsed.operands
      if ((shell !== 'bash' && shell !== 'zsh') || more.length > 0) throw usageError('completion needs bash or zsh')
      terminal.out(shell === 'bash' ? bashCompletion(commands()) : zshCompletion(commands()))
      return exitCodes.ok
    },
  }
}
