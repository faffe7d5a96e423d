import { excerpt, missing, type Answer } from '../answer.ts'
import { answerOfStatus, type Asked } from '../http/failure.ts'
import type { HttpReply } from '../http/reply.ts'
import type { PrometheusOptions } from './options.ts'
import { answerOf, rejectionOf } from './reply.ts'

/** The meaning of a reply to a query, with any status; `expected` is the maximum number of samples of a range. */
export function answerOfReply(reply: HttpReply, asked: Asked, options?: PrometheusOptions, expected?: number): Answer {
  if (reply.status !== 200) return answerOfRefusal(reply, asked)
  return reply.isJson ? answerOf(reply.body, options, expected) : answerOfForeign(reply)
}

/** Prometheus itself timed out: a retry would take just as long. */
export function isQueryTimeout(reply: HttpReply): boolean {
  return reply.status === 503 && reply.isJson && rejectionOf(reply.body)?.errorType === 'timeout'
}

/** Source: prometheus 2.42, web/api/v1/api.go (`respondError`). */
function answerOfRefusal(reply: HttpReply, asked: Asked): Answer {
  const rejection = reply.isJson ? rejectionOf(reply.body) : undefined
  if (rejection === undefined) return answerOfStatus(reply, asked)
  const { status } = reply
  if (status === 400 || status === 422)
    return missing('bad_query', `query rejected by Prometheus: ${rejection.message}`)
  if (rejection.errorType === 'timeout') {
    return missing('timeout', `timed out in Prometheus (${status}): ${rejection.message}`)
  }
  return answerOfStatus(reply, asked, rejection.message)
}

function answerOfForeign(reply: HttpReply): Answer {
  const type = reply.contentType === '' ? 'no content type' : `unexpected content type ${excerpt(reply.contentType)}`
  const message = `${type} (${reply.status}): a login page, or not a Prometheus? ${excerpt(reply.body)}`
  return missing('upstream', message.trimEnd())
}
