import type { FastifyInstance } from 'fastify'
import { StartError } from '../errors.ts'

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
