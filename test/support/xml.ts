export interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly Element[]
  /** Of its own, without what its children hold. */
  readonly text: string
}

const tag =
  /<(?:(?<close>\/)(?<closed>[\w.-]+)\s*|(?<name>[\w.-]+)(?<attributes>(?:\s+[\w.-]+="[^"<]*")*)\s*(?<end>\/?))>/y
const legal = /^[\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]*$/u
const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/** Reads an XML document as strictly as the standard asks of the parts that reports use. Throws on anything else. */
export function readXml(xml: string): Element {
  if (!legal.test(xml)) throw new Error('a character that XML does not have')
  const open: { name: string; attributes: Record<string, string>; children: Element[]; text: string }[] = [
    { name: '', attributes: {}, children: [], text: '' },
  ]
  let at = /^<\?xml version="1\.0" encoding="UTF-8"\?>\n/.exec(xml)?.[0].length ?? 0
  while (at < xml.length) {
    const next = xml.indexOf('<', at)
    const top = open.at(-1)
    if (top === undefined) throw new Error('closed more than was opened')
    top.text += decoded(xml.slice(at, next === -1 ? xml.length : next))
    if (next === -1) break
    tag.lastIndex = next
    const found = tag.exec(xml)?.groups
    if (found === undefined) throw new Error(`no tag at ${next}: ${xml.slice(next, next + 40)}`)
    at = tag.lastIndex
    if (found['close'] !== undefined) {
      if (open.length < 2 || top.name !== found['closed']) throw new Error(`</${found['closed']}> closes ${top.name}`)
      open.pop()
      continue
    }
    const element = {
      name: found['name'] ?? '',
      attributes: attributesOf(found['attributes'] ?? ''),
      children: [],
      text: '',
    }
    top.children.push(element)
    if (found['end'] === '') open.push(element)
  }
  const [root, ...unclosed] = open
  const [document, ...more] = root?.children ?? []
  if (unclosed.length > 0 || document === undefined || more.length > 0 || root?.text.trim() !== '')
    throw new Error('is not one element')
  return document
}

function attributesOf(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/([\w.-]+)="([^"]*)"/g)].map(
    ([, name = '', value = '']) => [name, decoded(value)] as const,
  )
  if (new Set(pairs.map(([name]) => name)).size < pairs.length) throw new Error(`an attribute twice:${text}`)
  return Object.fromEntries(pairs)
}

function decoded(text: string): string {
  return text.replaceAll(/&(#\d+|\w+)?(;)?/g, (whole, name: string | undefined, end: string | undefined) => {
    const character =
      name?.startsWith('#') === true ? String.fromCodePoint(Number(name.slice(1))) : entities[name ?? '']
    if (end === undefined || character === undefined) throw new Error(`no entity: ${whole}`)
    return character
  })
}
