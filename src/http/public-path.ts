/** The path of the public URL, which a proxy in front of us may strip from requests or not: empty, or with a slash at its front only. */
function prefixOf(publicUrl: string | undefined): string {
  return publicUrl === undefined ? '' : new URL(publicUrl).pathname.replace(/\/+$/, '')
}

/** A path of ours as others have to ask for it. */
export function publicPath(publicUrl: string | undefined, path: string): string {
  return `${prefixOf(publicUrl)}${path}`
}

/** What a request's target is for us, whether a proxy stripped the prefix or not. */
export function withoutPrefix(target: string, publicUrl: string | undefined): string {
  const prefix = prefixOf(publicUrl)
  if (!target.startsWith(prefix)) return target
  const rest = target.slice(prefix.length)
  if (rest === '' || rest.startsWith('?')) return `/${rest}`
  return rest.startsWith('/') ? rest : target
}
