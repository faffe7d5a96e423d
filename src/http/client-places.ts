/** A limited number of places, of which one client may only take some. */
export interface ClientPlaces {
  /** Takes a place, or answers which limit is reached: that of all clients together, or that of this one. */
  take(client: string): 'taken' | 'all full' | 'client full'
  /** Gives back a place that was taken. */
  free(client: string): void
}

export function createClientPlaces(allMax: number, clientMax: number): ClientPlaces {
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
