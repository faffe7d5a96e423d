import type { UnlistedName } from '../definitions/unlisted.ts'
import { PharosError } from '../base/errors.ts'
import type { HistoryPage, HistoryPlace } from './score-history-page.ts'
import { nearestName, shownNames } from '../base/near-name.ts'
import type { JudgedNames } from '../evaluation/new-names.ts'
import type { ServiceKey } from '../base/names.ts'

export interface ScoreHistoryOfDeps {
  readonly store: {
    readonly scoreHistory: (service: ServiceKey, place: HistoryPlace | undefined, limit: number) => Promise<HistoryPage>
    readonly hasEvaluations: (service: ServiceKey) => Promise<boolean>
    readonly judgedNames: (service: ServiceKey) => Promise<JudgedNames>
  }
  /** Names that neither a list nor a folder has. Rejects with `stage_not_found` or `service_not_found` where a list is closed. */
  readonly unlisted: (service: ServiceKey) => Promise<readonly UnlistedName[]>
}

/**
 * A page of a service's ended evaluations. Throws PharosError `stage_not_found` or `service_not_found` for a name that neither the
 * definitions nor any evaluation has: an empty list would hide that it is misspelt.
 */
export async function scoreHistoryOf(
  service: ServiceKey,
  place: HistoryPlace | undefined,
  limit: number,
  deps: ScoreHistoryOfDeps,
): Promise<HistoryPage> {
  const page = await deps.store.scoreHistory(service, place, limit)
  if (page.entries.length === 0 && place === undefined) await refuseUnknown(service, deps)
  return page
}

async function refuseUnknown(service: ServiceKey, { store, unlisted }: ScoreHistoryOfDeps): Promise<void> {
  if (await store.hasEvaluations(service)) return
  const names = await unlisted(service)
  if (names.length === 0) return
  const { stages, services } = await store.judgedNames(service)
  for (const { kind, folders } of names) {
    const known = [...new Set([...folders, ...(kind === 'stage' ? stages : services)])].toSorted()
    if (!known.includes(service[kind])) throw unknownName(kind, service, known)
  }
}

function unknownName(kind: UnlistedName['kind'], service: ServiceKey, known: readonly string[]): PharosError {
  const name = service[kind]
  const nearest = nearestName(name, known)
  const hint = nearest === undefined ? `known: ${shownNames(known)}` : `did you mean ${nearest}?`
  const why =
    known.length === 0
      ? `, which has neither ${kind}s in the definitions nor evaluations`
      : `: neither a folder of the definitions nor an evaluation has this name (${hint})`
  return new PharosError(`${kind}_not_found`, `there is no ${kind} ${name} in project ${service.project}${why}`)
}
