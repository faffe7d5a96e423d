/**
 * What is equal for two spellings of one event source, compared as the URI references they are: dot segments, default ports, escapes of
 * unreserved characters and slashes at the end or doubled make no difference, nor does case anywhere, so that no source can be
 * mistaken for another. Source: RFC 3986, section 6.2.
 */
export function sourceKey(source: string): string {
  const plain = source.replaceAll(/%[0-9a-f]{2}/gi, unescapedIfUnreserved)
  const url = URL.parse(plain, relativeTo)
  if (url === null) return plain.toLowerCase()
  const { protocol, username, password, host, pathname, search, hash } = url
  const path = pathname.replaceAll(/\/+/g, '/').replace(/\/$/, '')
  return [protocol, username, password, host.replace(/\.(?=:|$)/, ''), path, search, hash].join('\n').toLowerCase()
}

/** A host that cannot exist, so that relative and absolute sources stay apart. */
const relativeTo = 'http://relative.invalid/'

function unescapedIfUnreserved(escape: string): string {
  const character = String.fromCodePoint(Number.parseInt(escape.slice(1), 16))
  return /[a-z0-9._~-]/i.test(character) ? character : escape.toUpperCase()
}
