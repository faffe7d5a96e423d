import { z } from 'zod'
import { excerpt, missing, shortened, type MissingAnswer } from '../answer.ts'
import { answerOfStatus, type Asked } from '../http/failure.ts'
import type { HttpReply } from '../http/reply.ts'
import { parseJson } from '../json.ts'
import type { Api } from './call.ts'

/** Why there is no usable reply. */
export interface Refusal {
  readonly kind: 'refused'
  /** 0 if there was no reply at all. */
  readonly status: number
  /** The server's own message, if it is in the API's format. */
  readonly detail: string
  readonly answer: MissingAnswer
}

const Failure = z.object({
  error: z.object({
    message: z.string(),
    constraintViolations: z.array(z.object({ path: z.string().nullish(), message: z.string().nullish() })).nullish(),
  }),
})

/** The meaning of a reply other than JSON with status 200. */
export function refusalOf(reply: HttpReply, asked: Asked, api: Api): Refusal {
  const { status } = reply
  const detail = reply.isJson ? detailOf(reply.body) : undefined
  return { kind: 'refused', status, detail: detail ?? '', answer: answerOf(reply, detail, asked, api) }
}

function answerOf(reply: HttpReply, detail: string | undefined, asked: Asked, api: Api): MissingAnswer {
  const { status } = reply
  if (status === 200) return answerOfForeign(reply)
  if (status === 401 || status === 403) {
    const credentials = asked.credentials && `${asked.credentials}, which needs the scope ${api.scope}`
    return answerOfStatus(reply, { ...asked, credentials })
  }
  if ((status === 400 || status === 404) && detail !== undefined) {
    return missing('bad_query', `error querying ${api.name}: Dynatrace API error (${status}): ${detail}`)
  }
  return detail === undefined ? answerOfStatus(reply, asked) : answerOfStatus(reply, asked, detail)
}

/**
 * The message of an error envelope; undefined if there is none.
 * Source of its form: keptn-contrib/dynatrace-service 3da42c7, internal/dynatrace/client.go (`APIError`).
 */
function detailOf(body: string): string | undefined {
  const failure = Failure.safeParse(parseJson(body))
  if (!failure.success) return undefined
  const { message, constraintViolations } = failure.data.error
  const violations = (constraintViolations ?? []).map(
    ({ path, message: why }) => `[path: ${path ?? ''} - msg: ${why ?? ''}]`,
  )
  return shortened(violations.length === 0 ? message : `${message} ${violations.join(', ')}`)
}

function answerOfForeign(reply: HttpReply): MissingAnswer {
  if (reply.isJson) return missing('upstream', `malformed reply, not JSON: ${excerpt(reply.body)}`)
  const type = reply.contentType === '' ? 'no content type' : `unexpected content type ${excerpt(reply.contentType)}`
  const message = `${type} (${reply.status}): a login page, or not a Dynatrace environment? ${excerpt(reply.body)}`
  return missing('upstream', message.trimEnd())
}

/** The answer for a body that is not in the API's format. */
export function malformed(body: unknown): MissingAnswer {
  return missing('upstream', `malformed reply, not from the Dynatrace API: ${excerpt(JSON.stringify(body))}`)
}
