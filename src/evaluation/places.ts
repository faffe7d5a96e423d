import type { Shares } from './evaluation-store.ts'

/**
 * What a process has room for. Only its memory is scarce: an evaluation that needs a provider waits for that one's slots. What
 * asks no provider has places of its own, and one project never has them all.
 */
export interface Places {
  readonly shares: Omit<Shares, 'areAlone'>
  /** How many more there is room for that ask providers. */
  free(): number
  /** How many more there is room for that ask none. */
  freeAlone(): number
  /** Whether another one of this project, which asks providers, has to wait. */
  isFull(project: string): boolean
  /** Whether some have to wait. */
  isTight(): boolean
  /** Keeps a place until the function it answers is called. */
  occupy(project: string, isAlone: boolean): () => void
}

/** Places for evaluations that ask no provider, which end within milliseconds. */
const aloneMax = 50

/** The part of all places that one project may have. */
const projectShare = 0.8

export function createPlaces(max: number): Places {
  const running = new Map<string, number>()
  const runningMax = Math.ceil(max * projectShare)
  let free = max
  let freeAlone = aloneMax
  const isFull = (project: string): boolean => free <= 0 || (running.get(project) ?? 0) >= runningMax
  const count = (project: string, more: 1 | -1): void => {
    const next = (running.get(project) ?? 0) + more
    if (next === 0) running.delete(project)
    else running.set(project, next)
    free -= more
  }
  return {
    shares: { running, runningMax },
    free: () => free,
    freeAlone: () => freeAlone,
    isFull,
    isTight: () => free <= 0 || [...running.keys()].some(isFull),
    occupy(project, isAlone) {
      if (isAlone) {
        freeAlone -= 1
        return () => void (freeAlone += 1)
      }
      count(project, 1)
      return () => count(project, -1)
    },
  }
}
