/** The look for a key that is under way, and the one after it, if there are callers for it. */
interface Round<Found> {
  readonly current: Promise<Found>
  next: Promise<Found> | undefined
}

/**
 * The same as `look`, with one call at a time for each key, however many ask: callers that ask while a call is under way share the next
 * one, so that no answer is older than its question. They share the found value, too.
 */
export function shareLooks<Asked extends readonly unknown[], Found>(
  look: (...asked: Asked) => Promise<Found>,
  keyOf: (...asked: Asked) => string,
): (...asked: Asked) => Promise<Found> {
  const rounds = new Map<string, Round<Found>>()

  function start(key: string, asked: Asked): Promise<Found> {
    const round: Round<Found> = { current: look(...asked), next: undefined }
    rounds.set(key, round)
    const end = (): void => {
      if (round.next === undefined) rounds.delete(key)
    }
    round.current.then(end, end)
    return round.current
  }

  return (...asked) => {
    const key = keyOf(...asked)
    const round = rounds.get(key)
    if (round === undefined) return start(key, asked)
    const again = (): Promise<Found> => start(key, asked)
    round.next ??= round.current.then(again, again)
    return round.next
  }
}
