interface Rewrite {
  readonly message: string
  /** Undefined if the line does not have this mistake. */
  readonly rewrite: (line: string) => string | undefined
}

/** `- `, `key: `, or both. */
const beginning = /^\s*(?:- +)*(?:[A-Za-z_][\w.-]*: +)?/

/** Common mistakes in a single line, and what was intended. */
export const rewrites: readonly Rewrite[] = [
  {
    message: 'a string starts with one kind of quote and ends with the other',
    rewrite: (line) => line.replaceAll(/(?<=^|[\s[{,])(["'])([^"']*)(?!\1)["'](?=\s*(?:[,\]}]|$))/g, '$1$2$1'),
  },
  {
    message: 'a string in double quotes has no closing quote',
    rewrite: (line) => (hasOddQuotes(line) ? line.replace(/([\]}\s,]*)$/, '"$1') : undefined),
  },
  {
    message: 'a string in single quotes has no closing quote',
    rewrite: (line) => (hasUnendedSingleQuote(line) ? line.replace(/([\]}\s,]*)$/, "'$1") : undefined),
  },
  {
    message: 'a string in double quotes contains unescaped double quotes',
    rewrite: (line) => {
      const [begin = ''] = beginning.exec(line) ?? []
      const [, inner] = /^"(.*)"\s*$/.exec(line.slice(begin.length)) ?? []
      return inner?.replaceAll('\\"', '').includes('"') === true ? `${begin}${quoted(inner)}` : undefined
    },
  },
  {
    message: 'a string in single quotes contains unescaped single quotes',
    rewrite: (line) => {
      const [begin = ''] = beginning.exec(line) ?? []
      const [, inner] = /^'(.*)'\s*$/.exec(line.slice(begin.length)) ?? []
      return inner?.replaceAll("''", '').includes("'") === true ? `${begin}${quoted(inner)}` : undefined
    },
  },
  {
    message: 'a comma is missing between two strings of a list',
    rewrite: (line) => line.replaceAll(/(?<=[[,]\s*"[^"]*")\s*(?="[^"]*")/g, ', '),
  },
  {
    message: 'a bracket is not closed',
    rewrite: (line) => `${line.trimEnd()}${missingBrackets(line)}`,
  },
  {
    message: 'the brackets of this line do not match',
    rewrite: (line) => {
      const open = line.replace(/[\]}\s]*$/, '')
      return `${open}${missingBrackets(open)}`
    },
  },
  {
    message: 'a space is missing after the colon',
    rewrite: (line) => line.replace(/^(\s*(?:- +)*[A-Za-z_]\w*):(?=\S)/, '$1: '),
  },
  {
    message: 'a colon is missing after the key',
    rewrite: (line) => line.replace(/^(\s*(?:- +)*[A-Za-z_]\w*)\s*$/, '$1:'),
  },
  {
    message: 'a colon is missing after the key',
    rewrite: (line) => line.replace(/^(\s*(?:- +)*[A-Za-z_]\w*) +(?=\S)/, '$1: '),
  },
  {
    message: 'this string needs quotes: it contains characters with a special meaning in YAML',
    rewrite: (line) => {
      const [begin = ''] = beginning.exec(line) ?? []
      const rest = line.slice(begin.length).trimEnd()
      return /^["'[{]|^$/.test(rest) ? undefined : `${begin}${quoted(rest)}`
    },
  },
  {
    message: 'a string in this list needs quotes: it contains characters with a special meaning in YAML',
    rewrite: (line) => line.replaceAll(/(?<=[[,]\s*)[^"'[\]{},\s][^"'[\]{},]*?(?=\s*[,\]])/g, (text) => quoted(text)),
  },
]

/** Single quotes can contain everything except escapes. */
function quoted(text: string): string {
  if (!text.includes('"') && !text.includes('\\')) return `"${text}"`
  if (!text.includes('\\')) return `'${text.replaceAll("'", "''")}'`
  return `"${text.replaceAll(/(?<!\\)"/g, '\\"')}"`
}

/** The brackets that close those opened by a line, from the inside out. */
function missingBrackets(line: string): string {
  const open: string[] = []
  for (const character of line.replaceAll(/"(?:[^"\\]|\\.)*"|'[^']*'/g, '')) {
    if (character === '[') open.unshift(']')
    else if (character === '{') open.unshift('}')
    else if (character === open[0]) open.shift()
  }
  return open.join('')
}

/** Only for strings that begin with a quote: elsewhere it is an apostrophe. */
export function hasUnendedSingleQuote(line: string): boolean {
  return /(?<=^|[\s[{,])'/.test(line.replaceAll(/"(?:[^"\\]|\\.)*"|(?<=^|[\s[{,])'[^']*'/g, ''))
}

export function hasOddQuotes(line: string): boolean {
  return (line.replaceAll(/\\./g, '').match(/"/g) ?? []).length % 2 === 1
}
