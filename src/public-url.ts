import { z } from 'zod'

/** Where people and other programs reach this service; its path is the prefix that a proxy puts before ours. Ends without a slash. */
export const PublicUrl = z
  .string({ error: 'must be a text' })
  .refine(
    isPublicUrl,
    'must be an http or https URL without user, query and fragment, such as https://ci.example/pharos',
  )
  .transform((text) => text.replace(/\/+$/, ''))

function isPublicUrl(text: string): boolean {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol)) return false
  return [url.username, url.password, url.search, url.hash].every((part) => part === '') && !/[?#]/.test(text)
}
