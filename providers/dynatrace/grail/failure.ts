import { z } from 'zod'
import { excerpt, missing, shortened, type MissingAnswer } from '../../answer.ts'
import { answerOfStatus, type Asked } from '../../http/failure.ts'
import type { HttpReply } from '../../http/reply.ts'
import { parseJson } from '../../json.ts'

const Failure = z.object({
  error: z.object({
    message: z.string(),
    retryAfterSeconds: z.number().nullish(),
    details: z
      .object({
        errorType: z.string().nullish(),
        syntaxErrorPosition: z.object({ start: z.object({ line: z.number(), column: z.number() }) }).nullish(),
        missingScopes: z.array(z.string()).nullish(),
        missingPermissions: z.array(z.string()).nullish(),
      })
      .nullish(),
  }),
})
type Failure = z.infer<typeof Failure>['error']

/** The meaning of a Grail reply other than JSON with status 200 or 202. `isQuery`: the request contained a query. */
export function answerOfRefusal(reply: HttpReply, asked: Asked, isQuery: boolean): MissingAnswer {
  const { status } = reply
  const failure = failureOf(reply)
  if (status === 200 || status === 202) return answerOfForeign(reply)
  if (status >= 300 && status < 400) {
    return missing('unauthorized', `redirected (${status}) to a login page: is platform.url correct? ${fixFor(asked)}`)
  }
  if (failure === undefined) return answerOfStatus(reply, asked)
  if (status === 400 && isQuery) return missing('bad_query', syntaxOf(failure))
  if (status === 403) return missing('unauthorized', `not permitted (403): ${lackOf(failure)}; ${fixFor(asked)}`)
  if (status === 410) return missing('upstream', `the result of the query is gone (410): ${shortened(failure.message)}`)
  return answerOfStatus(reply, asked, shortened(failure.message))
}

/** The number of seconds that a body asks to wait, in the form of `Retry-After`; empty if it does not. */
export function retryAfterOf(reply: HttpReply): string {
  const seconds = failureOf(reply)?.retryAfterSeconds
  return typeof seconds === 'number' && seconds >= 0 ? String(Math.ceil(seconds)) : ''
}

function failureOf(reply: HttpReply): Failure | undefined {
  return reply.isJson ? Failure.safeParse(parseJson(reply.body)).data?.error : undefined
}

function syntaxOf({ message, details }: Failure): string {
  const at = details?.syntaxErrorPosition?.start
  const place = at === undefined ? '' : ` at line ${at.line}, column ${at.column}`
  const type = details?.errorType ? ` (${details.errorType})` : ''
  return shortened(`DQL error${place}: ${message}${type}`)
}

function lackOf({ message, details }: Failure): string {
  const lacking = [...(details?.missingScopes ?? []), ...(details?.missingPermissions ?? [])]
  return shortened(lacking.length === 0 ? message : `${message}; missing: ${lacking.join(', ')}`)
}

function fixFor({ credentials }: Asked): string {
  return `check ${credentials ?? 'platform'}`
}

function answerOfForeign({ isJson, contentType, status, body }: HttpReply): MissingAnswer {
  if (isJson) return missing('upstream', `malformed reply, not from Grail: ${excerpt(body)}`)
  const type = contentType === '' ? 'no content type' : `unexpected content type ${excerpt(contentType)}`
  return missing('upstream', `${type} (${status}): a login page, or not the platform? ${excerpt(body)}`.trimEnd())
}
