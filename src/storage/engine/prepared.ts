import { StoringClient } from '../storable.ts'

/** Ours are some forty; beyond this they would be texts made at run time, which a server must not be made to keep. */
const statementsMax = 200

const names = new Map<string, string>()

/**
 * A connection on which the server reads and plans a statement with parameters once, not each time: for ours that was more
 * than half of its work. Only where each connection is a session of its own.
 */
export class PreparingClient extends StoringClient {
  // The types of pg know `query` by eight signatures; what it answers stays what it was for each.
  override query(...[statement, values, ...others]: unknown[]) {
    const isStatement = typeof statement === 'string' && Array.isArray(values)
    const prepared = isStatement ? { name: nameOf(statement), text: statement } : statement
    return Reflect.apply(super.query.bind(this), this, [prepared, values, ...others])
  }
}

/** The same for the same text; undefined, which prepares nothing, when there are too many. */
function nameOf(text: string): string | undefined {
  const known = names.get(text)
  if (known !== undefined || names.size >= statementsMax) return known
  const name = `pharos_${names.size + 1}`
  names.set(text, name)
  return name
}
