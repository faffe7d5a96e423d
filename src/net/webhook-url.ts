import { z } from 'zod'
import { charactersIn } from '../base/labels.ts'

/** Also as it is sent to, where a letter beyond ASCII has six or more. */
const charactersMax = 2048

/** What an address looks like; whether a host, a port and an IP address are possible ones, only `toWebhookUrl` knows. */
const addressPattern = /^[hH][tT][tT][pP][sS]?:\/\/[^\s\p{Cc}\p{Cs}@\\/?#]+(?:[/?#][^\s\p{Cc}\p{Cs}]*)?$/u

/** An address to send to, as it is sent to. */
export const WebhookUrl = z
  .string({ error: 'must be a string, such as https://ci.example/events' })
  .refine((text) => charactersIn(text) <= charactersMax, `must have at most ${charactersMax} characters`)
  .meta({ pattern: addressPattern.source, format: 'iri', minLength: 1, maxLength: charactersMax })
  .transform((text, context) => {
    const url = toWebhookUrl(text)
    if (url !== undefined && url.length <= charactersMax) return url
    const message =
      url === undefined
        ? 'must be an http or https URL without user and password, such as https://ci.example/events'
        : `must have at most ${charactersMax} characters as it is sent, and has ${url.length}`
    context.addIssue({ code: 'custom', message, params: addressPattern.test(text) ? { code: 'invalid_address' } : {} })
    return z.NEVER
  })

/** Longest name of a host, and longest part of one. Source: RFC 1035. */
const hostCharactersMax = 253
const labelCharactersMax = 63

/** Undefined when this is none. A user or password in it would be shown to whoever reads it. */
function toWebhookUrl(text: string): string | undefined {
  const url = URL.parse(text)
  if (url === null || !addressPattern.test(text)) return undefined
  if (url.username !== '' || url.password !== '' || url.port === '0' || !isHost(url.hostname)) return undefined
  url.hash = ''
  return url.href
}

function isHost(name: string): boolean {
  const labels = name.replace(/\.$/, '').split('.')
  return name.length <= hostCharactersMax && labels.every((label) => label !== '' && label.length <= labelCharactersMax)
}
