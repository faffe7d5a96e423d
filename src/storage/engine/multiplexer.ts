/** Many clients on the one session that PGlite has. */
export interface Multiplexer {
  open(client: MultiplexerClient): MultiplexerChannel
}

export interface MultiplexerClient {
  /** All that Postgres answered to one batch. */
  answered(bytes: Uint8Array): void
  /** The session was lost, and with it what this client had begun. */
  lost(error: Error): void
}

export interface MultiplexerChannel {
  /** Frontend messages that end in a Sync or a simple Query. */
  send(batch: Uint8Array): void
  /** The client is gone: what it left open is rolled back. */
  close(): void
}

interface Holder {
  readonly client: MultiplexerClient
  closed: boolean
}

interface Turn {
  readonly holder: Holder
  readonly batch: Uint8Array
}

const rollback = Buffer.concat([Buffer.from('Q\0\0\0\x0d'), Buffer.from('rollback\0')])

/**
 * Gives the session to one client at a time: from its first batch until Postgres says that it is idle, so for a whole
 * transaction. The others wait in the order they came. `run` is asked one batch at a time.
 */
export function createMultiplexer(run: (batch: Uint8Array) => Promise<Uint8Array>): Multiplexer {
  const clients = new Set<Holder>()
  let waiting: Turn[] = []
  let holder: Holder | undefined
  let isRunning = false

  /** The next batch that may run: the holder's if there is one, else the oldest. */
  function nextTurn(): Turn | undefined {
    if (holder?.closed) return { holder, batch: rollback }
    const index = waiting.findIndex((turn) => holder === undefined || turn.holder === holder)
    return index === -1 ? undefined : waiting.splice(index, 1)[0]
  }

  async function runTurns(): Promise<void> {
    if (isRunning) return
    isRunning = true
    try {
      for (let turn = nextTurn(); turn !== undefined; turn = nextTurn()) {
        const bytes = await run(turn.batch)
        holder = endsIdle(bytes) ? undefined : turn.holder
        if (!turn.holder.closed) turn.holder.client.answered(bytes)
      }
    } catch (error) {
      loseAll(error instanceof Error ? error : new Error(String(error)))
    } finally {
      isRunning = false
    }
  }

  function loseAll(error: Error): void {
    const lost = [...clients]
    clients.clear()
    waiting = []
    holder = undefined
    for (const each of lost) each.client.lost(error)
  }

  return {
    open(client) {
      const self: Holder = { client, closed: false }
      clients.add(self)
      return {
        send(batch) {
          if (!clients.has(self)) return
          waiting.push({ holder: self, batch })
          void runTurns()
        },
        close() {
          self.closed = true
          clients.delete(self)
          waiting = waiting.filter((turn) => turn.holder !== self)
          void runTurns()
        },
      }
    },
  }
}

/** Whether the answer ends in ReadyForQuery with status idle; anything else leaves the session with its holder. */
function endsIdle(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(-6)).equals(Buffer.from('Z\0\0\0\x05I'))
}
