import type { Logger } from 'pino'
import type { Config } from './config/config.ts'
import { StartError } from './base/errors.ts'
import { sourceKey } from './base/event-source.ts'
import { openDatabase } from './storage/engine/database.ts'
import { recentSources } from './storage/recent-sources.ts'

const days = 30
/** Sources that the message names. */
const namedMax = 20

/**
 * Once there are signatures, events of other sources must not go on being taken only because nobody thought of them. Throws a
 * StartError that names these sources unless `events.unlisted` is set; only the database is opened for it, and nothing is changed.
 */
export async function requireUnlistedDecided(config: Config, log: Logger): Promise<void> {
  const { signatures, unlisted } = config.events
  if (signatures.length === 0 || unlisted !== undefined) return
  const database = await openDatabase({ url: config.databaseUrl, folder: config.dataFolder, log })
  try {
    const sources = await recentSources(database.pool, days)
    const must = 'events.signatures lists sources, so events.unlisted must be refuse or accept'
    throw new StartError(`Pharos cannot start: ${must}; in the last ${days} days ${cameFrom(sources, config)}.`)
  } finally {
    await database.close()
  }
}

function cameFrom(sources: readonly string[], { events: { signatures }, nats }: Config): string {
  const listed = signatures.map(({ source }) => source)
  const others = sources.filter((source) => !listed.includes(source))
  if (others.length === 0) return 'no unsigned events came'
  const named = others.slice(0, namedMax).map((source) => described(source, listed))
  const rest = others.length - named.length
  const parts = rest === 0 ? named : [...named, `${rest} more ${rest === 1 ? 'source' : 'sources'}`]
  const byNats = nats?.triggers === true ? ', of which those that came through NATS need no signature' : ''
  return `unsigned events came from ${enumerated(parts)}${byNats}`
}

function described(source: string, listed: readonly string[]): string {
  const same = listed.find((one) => sourceKey(one) === sourceKey(source))
  const spelling = same === undefined ? '' : ` (another spelling of ${JSON.stringify(same)})`
  return `${JSON.stringify(source)}${spelling}`
}

function enumerated(parts: readonly string[]): string {
  const before = parts.slice(0, -1)
  const last = parts.at(-1) ?? ''
  return before.length === 0 ? last : `${before.join(', ')} and ${last}`
}
