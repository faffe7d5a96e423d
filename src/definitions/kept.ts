interface Kept<Value> {
  get(key: string): Value | undefined
  set(key: string, value: Value): void
  /** Sets the weight of a value, once it is known. */
  weigh(key: string, weight: number): void
  delete(key: string): void
}

/** Values by key; the least recently used go first when there are too many, or they weigh too much together. */
export function createKept<Value>(countMax: number, weightMax = Infinity): Kept<Value> {
  const entries = new Map<string, { readonly value: Value; readonly weight: number }>()
  let weight = 0
  const remove = (key: string) => {
    weight -= entries.get(key)?.weight ?? 0
    entries.delete(key)
  }
  const add = (key: string, value: Value, own: number) => {
    remove(key)
    entries.set(key, { value, weight: own })
    weight += own
    for (const [oldest] of entries) {
      if (entries.size <= countMax && weight <= weightMax) return
      remove(oldest)
    }
  }
  return {
    get(key) {
      const entry = entries.get(key)
      if (entry === undefined) return undefined
      entries.delete(key)
      entries.set(key, entry)
      return entry.value
    },
    set: (key, value) => add(key, value, 0),
    weigh(key, own) {
      const entry = entries.get(key)
      if (entry !== undefined) add(key, entry.value, own)
    },
    delete: remove,
  }
}
