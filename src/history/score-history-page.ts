import type { Evaluation } from '../evaluation/evaluation.ts'

/** A place in a service's history, newest first: right after (`older`) or before (`newer`) one evaluation. */
export interface HistoryPlace {
  readonly towards: 'older' | 'newer'
  /** RFC 3339 with the database's microseconds: a Date would lose their last digits. */
  readonly finishedAt: string
  readonly id: string
}

export interface HistoryEntry {
  readonly evaluation: Evaluation
  readonly finishedAt: string
}

/** Newest first; `hasMore` tells of entries beyond, in the direction asked for. */
export interface HistoryPage {
  readonly entries: readonly HistoryEntry[]
  readonly hasMore: boolean
}
