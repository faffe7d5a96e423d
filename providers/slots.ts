/**
 * At most so many pieces of work at once. Who waits is served in turns, one piece for each `signal` (one call, one signal),
 * so that a call with fifty pieces does not hold up another with two; within a call, first come first served.
 * Shared by everything that asks one provider instance.
 */
export class Slots {
  #free: number
  /** Callers in the order of their turns, each with its waiting work in the order of its coming; none is empty. */
  readonly #waiting = new Map<AbortSignal, Set<() => void>>()

  constructor(limit: number) {
    this.#free = limit
  }

  /** Runs `work` as soon as a slot is free. Rejects with `signal.reason`, without running it, when `signal` aborts before. */
  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await this.#take(signal)
    try {
      return await work()
    } finally {
      this.#give()
    }
  }

  async #take(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (this.#free > 0) {
      this.#free -= 1
      return
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const giveUp = () => {
      this.#waiting.delete(signal)
      reject(signal.reason)
    }
    this.#enqueue(signal, resolve)
    signal.addEventListener('abort', giveUp, { once: true })
    try {
      await promise
    } finally {
      signal.removeEventListener('abort', giveUp)
    }
  }

  #enqueue(signal: AbortSignal, begin: () => void): void {
    const ofCaller = this.#waiting.get(signal)
    if (ofCaller === undefined) this.#waiting.set(signal, new Set([begin]))
    else ofCaller.add(begin)
  }

  /** The slot goes straight to whose turn it is; that caller's next turn is after everyone else's. */
  #give(): void {
    const [turn] = this.#waiting
    if (turn === undefined) {
      this.#free += 1
      return
    }
    const [signal, begins] = turn
    this.#waiting.delete(signal)
    const [begin] = begins
    if (begin === undefined) throw new Error('a caller without waiting work stands in the queue')
    begins.delete(begin)
    if (begins.size > 0) this.#waiting.set(signal, begins)
    begin()
  }
}
