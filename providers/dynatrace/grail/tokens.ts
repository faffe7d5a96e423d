import type { MissingAnswer } from '../../answer.ts'
import { missing } from '../../answer.ts'
import { readHeaderSecret } from '../../credentials.ts'
import type { Budget } from '../../http/http.ts'
import type { ProviderContext } from '../../provider.ts'

/** The token for a request, or why there is none. */
export type TokenAnswer =
  | { readonly kind: 'token'; readonly token: string; readonly secrets: readonly string[] }
  | { readonly kind: 'none'; readonly answer: MissingAnswer; readonly secrets: readonly string[] }

export interface TokenSource {
  current(budget: Budget): Promise<TokenAnswer>
  /** The server refused `token`; true if a new one may be accepted. */
  refuse(token: string): boolean
  close(): Promise<void>
}

/** A platform token, `dt0s16…`, read again each time. */
export function fixedToken(reference: string, context: ProviderContext): TokenSource {
  return {
    current: async () => {
      const token = await readHeaderSecret(reference, context)
      const refuse = (message: string): TokenAnswer => ({
        kind: 'none',
        answer: missing('config', message),
        secrets: [],
      })
      if (token instanceof Error) return refuse(token.message)
      if (token.startsWith('dt0c01')) {
        return refuse(
          `${reference} is a token for the environment API, but the platform needs a platform token, dt0s16…`,
        )
      }
      return { kind: 'token', token, secrets: [token] }
    },
    refuse: () => false,
    close: () => Promise.resolve(),
  }
}
