/** Shown instead of a secret. */
const hidden = '***'

/** A URL for people: without user, password and what its parameters are set to, all of which may be secrets. */
export function shownUrl(url: string): string {
  const [beforeHash = ''] = url.split('#', 1)
  const at = beforeHash.indexOf('?')
  if (at === -1) return withoutCredentials(beforeHash)
  return `${withoutCredentials(beforeHash.slice(0, at))}?${withoutValues(beforeHash.slice(at + 1))}`
}

/** Whether a URL was copied from where it is shown, and would not lead where the shown one does. */
export function isShownOnly(url: string): boolean {
  return /[?&]([^=&#]*=)?\*\*\*(?=[&#]|$)/.test(url)
}

/** A text in which every URL is without user and password. */
export function withoutCredentials(text: string): string {
  return text.replaceAll(/([a-z][a-z0-9+.-]*:\/\/)[^\s/?#"'`]*@/gi, `$1${hidden}@`)
}

/**
 * What was given as a URL and may be none, without all that could be meant as user, password, query or fragment: each may hold
 * any character where somebody forgot to encode it.
 */
export function withoutSecrets(given: string): string {
  const { scheme = '', rest = '' } = /^(?<scheme>[a-z][a-z0-9+.-]*:\/\/)?(?<rest>.*)$/is.exec(given)?.groups ?? {}
  const at = rest.lastIndexOf('@')
  const place = rest.slice(at + 1).replace(/[?#].*$/s, '')
  return `${scheme}${at === -1 ? '' : `${hidden}@`}${place}`
}

/** A parameter without a value may be the secret itself. */
function withoutValues(query: string): string {
  return query
    .split('&')
    .map((part) => (part.includes('=') ? `${part.slice(0, part.indexOf('='))}=${hidden}` : part === '' ? '' : hidden))
    .join('&')
}
