/** Places of which each client has a part only. */
export interface Places {
  /** Takes one; or says what is full: what all have together, or what this client has. */
  take(client: string): 'taken' | 'all full' | 'client full'
  /** Gives one back that was taken. */
  free(client: string): void
}

export function createPlaces(allMax: number, clientMax: number): Places {
  const taken = new Map<string, number>()
  let all = 0
  return {
    take(client) {
      const own = taken.get(client) ?? 0
      if (own >= clientMax) return 'client full'
      if (all >= allMax) return 'all full'
      taken.set(client, own + 1)
      all += 1
      return 'taken'
    },
    free(client) {
      const own = taken.get(client) ?? 0
      if (own > 1) taken.set(client, own - 1)
      else taken.delete(client)
      all -= 1
    },
  }
}
