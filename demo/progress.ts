import { stripVTControlCharacters } from 'node:util'

/** Tells how far something is: one line that is rewritten on a terminal, a line every `quietMs` anywhere else. */
export interface Progress {
  show(line: string): void
  /** Leaves the last line standing. */
  end(): void
}

export interface Output {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

const quietMs = 10_000
const eraseLine = '\r\u001B[2K'

export function startProgress(output: Output, now: () => number): Progress {
  let shownAt = Number.NEGATIVE_INFINITY
  return {
    show(line) {
      if (output.isTTY) {
        output.write(eraseLine + stripVTControlCharacters(line).slice(0, (output.columns ?? 80) - 1))
        return
      }
      if (now() - shownAt < quietMs) return
      shownAt = now()
      output.write(`${line}\n`)
    },
    end() {
      if (output.isTTY) output.write('\n')
    },
  }
}
