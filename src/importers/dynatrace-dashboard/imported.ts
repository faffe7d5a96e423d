import type { Totals } from './totals.ts'

/** What one tile, or one series of it, became. */
export interface ImportedObjective {
  readonly indicator: string
  readonly displayName: string
  readonly pass: readonly (readonly string[])[]
  readonly warning: readonly (readonly string[])[]
  readonly weight: number
  readonly isKey: boolean
  /** For `dynatrace/sli.yaml`. */
  readonly query: string
}

/** What came of a tile. */
export type Imported =
  | {
      readonly kind: 'taken'
      readonly objectives: readonly ImportedObjective[]
      /** Sentences about what is not as it was. */
      readonly notes: readonly string[]
    }
  | { readonly kind: 'totals'; readonly totals: Totals }
  | NotTaken
  /** It is no objective, or is not meant to be one. */
  | { readonly kind: 'passed_over'; readonly why: string }

export interface NotTaken {
  readonly kind: 'not_taken'
  /** Sentences. */
  readonly why: readonly string[]
}

export function taken(objectives: readonly ImportedObjective[], notes: readonly string[] = []): Imported {
  return { kind: 'taken', objectives, notes }
}

export function notTaken(...why: readonly string[]): NotTaken {
  return { kind: 'not_taken', why }
}

/** All of a tile's parts, or none. */
export function takenEach(
  parts: readonly { readonly objective: Omit<ImportedObjective, 'query'>; readonly query: string | NotTaken }[],
  notes: readonly string[] = [],
): Imported {
  const why = new Set(parts.flatMap(({ query }) => (typeof query === 'string' ? [] : query.why)))
  if (why.size > 0) return notTaken(...why)
  const objectives = parts.flatMap(({ objective, query }) =>
    typeof query === 'string' ? [{ ...objective, query }] : [],
  )
  return taken(objectives, notes)
}
