/** The look for a key that is under way, and the one after it, if anybody waits for it. */
interface Round<Found> {
  readonly current: Promise<Found>
  next: Promise<Found> | undefined
}

/**
 * The same as `look`, with one call at a time for each key, however many ask: those who ask while a call is under way all share the next
 * one, so that nobody is answered with what was read before he asked. They share what is found, too.
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
