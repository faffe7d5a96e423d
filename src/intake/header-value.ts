/**
 * What the value of a `ce-` header says. Quotes around all of it are removed, then it is percent-decoded once. A value with a `%`
 * that begins no escape was never encoded, so it is taken as it is: the SDKs for Go and JavaScript send values raw. So is one whose
 * escapes are not UTF-8; then `isReadable` is false.
 * Source: CloudEvents 1.0.2, HTTP protocol binding, 3.1.3.2.
 */
export function readHeaderValue(value: string): { readonly text: string; readonly isReadable: boolean } {
  const unquoted = quoted.test(value) ? value.slice(1, -1).replaceAll(/\\(.)/g, '$1') : value
  if (/%(?![0-9a-f]{2})/i.test(unquoted)) return { text: unquoted, isReadable: true }
  try {
    return { text: decodeURIComponent(unquoted), isReadable: true }
  } catch {
    return { text: unquoted, isReadable: false }
  }
}

/** A quoted string of RFC 7230, 3.2.6. A value that only contains one is a text with quotes in it. */
const quoted = /^"(?:[^"\\]|\\.)*"$/

/** HTTP hands over a byte as a character each: text of Latin-1, or UTF-8 if the bytes are valid as such. */
export function textOfBytes(latin1: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(latin1, 'latin1'))
  } catch {
    return latin1
  }
}
