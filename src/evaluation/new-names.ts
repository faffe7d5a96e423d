import type { Definition } from '../definitions/load.ts'
import type { Warning } from '../base/warning.ts'
import { nearestName, shownNames } from '../base/near-name.ts'
import type { ServiceKey } from '../base/names.ts'

/** Stages and services of a project for which an evaluation succeeded. */
export interface JudgedNames {
  readonly stages: readonly string[]
  readonly services: readonly string[]
}

/** Warnings of new stages and services; none for a project's first evaluation. */
export async function newNameWarnings(
  key: ServiceKey,
  { unlisted }: Pick<Definition, 'unlisted'>,
  store: { judgedNames(service: ServiceKey): Promise<JudgedNames> },
): Promise<readonly Warning[]> {
  if (unlisted.length === 0) return []
  const judged = await store.judgedNames(key)
  return unlisted.flatMap(({ kind, folders }) => {
    const names = kind === 'stage' ? judged.stages : judged.services
    const name = kind === 'stage' ? key.stage : key.service
    if (names.length === 0 || names.includes(name)) return []
    return [newName(key, kind, [...new Set([...folders, ...names])])]
  })
}

function newName(key: ServiceKey, kind: 'stage' | 'service', known: readonly string[]): Warning {
  const name = key[kind]
  const nearest = nearestName(name, known)
  const hint = nearest === undefined ? `Known: ${shownNames(known.toSorted())}.` : `Did you mean ${nearest}?`
  return {
    code: `new_${kind}`,
    message: `The ${kind} ${name} is new: project ${key.project} has evaluations, but none of this ${kind}, and no folder of this name. ${hint}`,
    [kind]: name,
    ...(nearest !== undefined && { nearest }),
  }
}

type Read = (service: ServiceKey) => Promise<JudgedNames>

/** How many judged services are remembered. */
const servicesMax = 10_000

/** Calls `read` for a service until it has been judged; after that the answer cannot change. */
export function readUntilJudged(read: Read): Read {
  const known = new Map<string, JudgedNames>()
  return async (service) => {
    const key = JSON.stringify([service.project, service.stage, service.service])
    const names = known.get(key) ?? (await read(service))
    if (!names.stages.includes(service.stage) || !names.services.includes(service.service)) return names
    known.set(key, { stages: [service.stage], services: [service.service] })
    const [oldest] = known.keys()
    if (known.size > servicesMax && oldest !== undefined) known.delete(oldest)
    return names
  }
}
