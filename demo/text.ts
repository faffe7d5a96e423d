/** Breaks a text between words so that no line is longer than `width`, unless a single word is. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

/** `label` once, its text beside it, further lines below the text. */
export function hanging(label: string, text: string, indent: number, width: number): readonly string[] {
  const lines = wrapped(text, width - indent)
  return lines.map((line, index) => (index === 0 ? label : '').padEnd(indent) + line)
}
