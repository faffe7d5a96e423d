import { z } from 'zod'

/**
 * Where people and other programs reach this service, as a browser would write it; its path is the prefix that a proxy puts before
 * ours. Ends without a slash.
 */
export const PublicUrl = z
  .string({ error: 'must be a string' })
  .refine(
    isPublicUrl,
    'must be an http or https URL without user, query and fragment, such as https://ci.example/pharos',
  )
  .refine(
    hasUsablePath,
    'must have a path without empty parts that does not begin with /v1, /livez, /readyz or /openapi.json, which are paths of the API',
  )
  .transform((text) => new URL(text).href.replace(/\/+$/, ''))

function isPublicUrl(text: string): boolean {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol)) return false
  return [url.username, url.password, url.search, url.hash].every((part) => part === '') && !/[?#]/.test(text)
}

/** With `/v1/v1/…` or `/livez` it would be unknown whether the prefix was stripped; `//` would begin a Location with a host. */
function hasUsablePath(text: string): boolean {
  const path = URL.parse(text)?.pathname ?? ''
  return !/^\/(?:v1|livez|readyz|openapi\.json)(?:\/|$)|\/\/./.test(path)
}
