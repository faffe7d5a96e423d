/** The path of the public URL, which a proxy in front of us may strip from requests or not: empty, or with a slash at its front only. */
function prefixOf(publicUrl: string | undefined): string {
  return publicUrl === undefined ? '' : new URL(publicUrl).pathname.replace(/\/+$/, '')
}

/** A path of ours as others have to ask for it. */
export function publicPath(publicUrl: string | undefined, path: string): string {
  return `${prefixOf(publicUrl)}${path}`
}

/** What a request's target is for us, whether a proxy stripped the prefix or not. An absolute URL as target counts as its path. */
export function withoutPrefix(target: string, publicUrl: string | undefined): string {
  const prefix = prefixOf(publicUrl)
  const path = target.replace(/^https?:\/\/[^/?]*/i, '')
  const rest = path.startsWith(prefix) ? path.slice(prefix.length) : path
  if (rest === '' || rest.startsWith('?')) return `/${rest}`
  return rest.startsWith('/') ? rest : path
}
