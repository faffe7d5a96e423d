import type { FastifyInstance } from 'fastify'
import { StartError } from '../base/errors.ts'

/** Answers where it listens then. Throws StartError when it cannot. */
export async function listen(
  app: FastifyInstance,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<string> {
  try {
    return await app.listen({ host, port })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    const why = code === 'EADDRINUSE' ? 'another program listens there' : code
    throw new StartError(`Pharos cannot listen on ${host}:${port} (${why}): set HOST and PORT.`, { cause: error })
  }
}

/** Who is being answered has so long; who has connected and says nothing would never have done. */
const closeMs = 2_000

/** Takes no request any more, and ends when those that were there are answered, or their connections cut. */
export async function closeListener(app: FastifyInstance): Promise<void> {
  const cut = setTimeout(() => app.server.closeAllConnections(), closeMs)
  await app.close()
  clearTimeout(cut)
}
