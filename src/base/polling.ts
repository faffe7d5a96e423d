/** Does something again and again: at once when woken, else after a pause. */
export interface Loop {
  start(): void
  /** Before the start it has no effect. */
  wake(): void
  /** Resolves when the step that runs, if any, has ended; no further one starts. */
  stop(): Promise<void>
}

/**
 * Once started, repeats `step` until stopped. It answers whether there may be more to do at once.
 * An error is handed to `failed` and counts as nothing to do: the next try comes after the pause.
 */
export function createLoop(pauseMs: number, step: () => Promise<boolean>, failed: (error: unknown) => void): Loop {
  let stopped = false
  let woken = false
  let endPause = (): void => {}
  let ended = Promise.resolve()

  async function repeat(): Promise<void> {
    while (!stopped) {
      woken = false
      const more = await step().catch((error: unknown) => {
        failed(error)
        return false
      })
      if (!more && !woken && !stopped) await pause()
    }
  }

  function pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, pauseMs)
      endPause = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  return {
    start() {
      ended = repeat()
    },
    wake() {
      woken = true
      endPause()
    },
    async stop() {
      stopped = true
      endPause()
      await ended
    },
  }
}
