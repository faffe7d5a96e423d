import type { Turn } from './turn.ts'

/** The call that a request belongs to. Without a turn, the signal identifies the call, and its project is ''. */
export interface Caller {
  readonly signal: AbortSignal
  readonly turn?: Turn | undefined
}

type Call = Turn | AbortSignal

/**
 * Limits concurrent work, shared by all callers of one provider instance. A free slot goes to the project that has the fewest,
 * so that a project with hanging queries does not block the others; among equals, they take turns. The same applies to the calls
 * of a project, and the work of one call runs in order.
 *
 * A call's time starts with its first slot. So that started calls can finish, a project starts another one only while fewer
 * calls than slots have started, or if none of its started calls is waiting.
 */
export class Slots {
  readonly #limit: number
  #free: number
  /** By project and call, both in the order of their turns; maps and sets are never empty. */
  readonly #waiting = new Map<string, Map<Call, Set<() => void>>>()
  readonly #begun = new Set<Call>()
  /** Slots in use, by project and by call. */
  readonly #used = new Map<string | Call, number>()

  constructor(limit: number) {
    this.#limit = limit
    this.#free = limit
  }

  /** Runs `work` as soon as a slot is free. Rejects with `signal.reason`, without running it, if `signal` aborts first. */
  async run<T>(work: () => Promise<T>, caller: Caller): Promise<T> {
    await this.#take(caller)
    try {
      return await work()
    } finally {
      this.#giveBack(caller)
    }
  }

  /** Starts the call's time, since a request is really about to be sent. */
  begin(turn: Turn): void {
    turn.begin()
    if (this.#begun.has(turn) || turn.over.aborted) return
    this.#begun.add(turn)
    turn.over.addEventListener('abort', () => this.#begun.delete(turn), { once: true })
  }

  async #take(caller: Caller): Promise<void> {
    const { signal, turn } = caller
    signal.throwIfAborted()
    if (this.#free > 0) {
      this.#free -= 1
      this.#count(caller, 1)
      return
    }
    turn?.wait()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const begin = (): void => {
      this.#count(caller, 1)
      resolve()
    }
    const giveUp = (): void => {
      this.#remove(caller, begin)
      reject(signal.reason)
    }
    this.#enqueue(caller, begin)
    signal.addEventListener('abort', giveUp, { once: true })
    try {
      await promise
    } finally {
      signal.removeEventListener('abort', giveUp)
    }
  }

  #enqueue(caller: Caller, begin: () => void): void {
    const project = projectOf(caller)
    const calls = this.#waiting.get(project) ?? new Map<Call, Set<() => void>>()
    const pieces = calls.get(callOf(caller)) ?? new Set()
    this.#waiting.set(project, calls.set(callOf(caller), pieces.add(begin)))
  }

  #remove(caller: Caller, begin: () => void): void {
    const calls = this.#waiting.get(projectOf(caller))
    const pieces = calls?.get(callOf(caller))
    pieces?.delete(begin)
    if (pieces?.size === 0) calls?.delete(callOf(caller))
    if (calls?.size === 0) this.#waiting.delete(projectOf(caller))
  }

  /** Passes the slot to the next in turn, whose project and call then move to the end of the queue. */
  #giveBack(caller: Caller): void {
    this.#count(caller, -1)
    const project = this.#fewest(this.#waiting.keys())
    const calls = project === undefined ? undefined : this.#waiting.get(project)
    if (project === undefined || calls === undefined) {
      this.#free += 1
      return
    }
    const call = this.#fewest(this.#mayBegin(calls))
    const pieces = call === undefined ? undefined : calls.get(call)
    const [begin] = pieces ?? []
    if (call === undefined || pieces === undefined || begin === undefined)
      throw new Error('an empty queue was not removed')
    pieces.delete(begin)
    calls.delete(call)
    if (pieces.size > 0) calls.set(call, pieces)
    this.#waiting.delete(project)
    if (calls.size > 0) this.#waiting.set(project, calls)
    begin()
  }

  #mayBegin(calls: ReadonlyMap<Call, unknown>): Iterable<Call> {
    if (this.#begun.size < this.#limit) return calls.keys()
    const begun = [...calls.keys()].filter((call) => this.#begun.has(call))
    return begun.length > 0 ? begun : calls.keys()
  }

  /** The first of those with the fewest slots. */
  #fewest<Key extends string | Call>(keys: Iterable<Key>): Key | undefined {
    let found: Key | undefined
    let foundUsed = Infinity
    for (const key of keys) {
      const used = this.#used.get(key) ?? 0
      if (used >= foundUsed) continue
      found = key
      foundUsed = used
      if (used === 0) break
    }
    return found
  }

  #count(caller: Caller, more: 1 | -1): void {
    for (const key of [projectOf(caller), callOf(caller)]) {
      const used = (this.#used.get(key) ?? 0) + more
      if (used === 0) this.#used.delete(key)
      else this.#used.set(key, used)
    }
  }
}

function projectOf({ turn }: Caller): string {
  return turn?.project ?? ''
}

function callOf({ signal, turn }: Caller): Call {
  return turn ?? signal
}
