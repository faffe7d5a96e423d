import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { lint, lintRules, outerRules } from '../../../slo/index.ts'
import { bearings } from '../../../slo/lint/bearing.ts'
import { outerFindings } from '../../../src/cli/outer-findings.ts'

/** `npm run lint-rules`: writes docs/lint-rules.md anew. A test says when that was forgotten. */
export const documentPath = fileURLToPath(new URL('../../../docs/lint-rules.md', import.meta.url))

type Rule = (typeof lintRules)[number]

const introduction = `# Lint rules

What \`lint\` of \`pharos/slo\` finds in an \`slo.yaml\` and the \`sli.yaml\` files behind it. An \`error\` is a mistake that \`parseSlo\` or
\`parseSli\` refuses, with their code and place, or that a rule marks as one. A \`warning\` is valid, but does something else than it
seems to. An \`info\` is worth knowing.

Findings that bear on an evaluation (each rule says when) are among its \`warnings\` and never influence its result; several of one
rule are one warning with a \`count\`. Rules about indicators need the \`sli.yaml\`. Rules about values need earlier evaluations: on the
server its last 20, read at most once in 10 s for each service; from a file, \`lint\` and \`judge\` with \`--history\`.

This file is written by \`npm run lint-rules\`; the examples are the rules' tests.
`

/** The document, from the rules themselves. */
export function lintDocument(): string {
  const table = [...lintRules, ...outerRules].map(({ id, severity }) => `| [\`${id}\`](#${id}) | ${severity} |`)
  const sections = [...lintRules.map(section), ...outerRules.map(outerSection)]
  return [introduction, ['| rule | |', '|---|---|', ...table, ''].join('\n'), ...sections].join('\n')
}

function outerSection({ id, severity, summary, bad, good }: (typeof outerRules)[number]): string {
  const files = Object.entries(bad).map(([file, text]) => ({ file, text }))
  const slis = files.filter(({ file }) => file.endsWith('sli.yaml'))
  const [found] = outerFindings({ slis, options: files.filter((file) => !slis.includes(file)) })
  const said = found === undefined ? '' : `> ${found.line}:${found.column} ${found.message}. Fix: ${found.fix}.\n`
  const shown = (texts: typeof bad) => Object.entries(texts).map(([file, text]) => fenced(`# ${file}\n${text}`))
  return [...heading({ id, severity, summary }), 'Found:\n', ...shown(bad), said, 'Not found:\n', ...shown(good)].join(
    '\n',
  )
}

function heading({ id, severity, summary }: Pick<Rule, 'id' | 'severity' | 'summary'>): readonly string[] {
  return [`## ${id}`, '', `${severity}: ${summary}`, '', `Warning of an evaluation: ${bearings[id]?.when}.`, '']
}

function fenced(text: string): string {
  return `\`\`\`yaml\n${text}\`\`\`\n`
}

function section({ id, severity, summary, bad, good }: Rule): string {
  const files = bad.sli === undefined ? [] : [{ file: 'sli.yaml', text: bad.sli }]
  const [found] = bad.earlier === undefined ? lint(bad.slo, files) : []
  const said = found === undefined ? [] : [`> ${found.line}:${found.column} ${found.message}. Fix: ${found.fix}.`, '']
  return [...heading({ id, severity, summary }), ...example('Found', bad), ...said, ...example('Not found', good)].join(
    '\n',
  )
}

function example(title: string, { slo, sli, earlier }: Rule['bad']): readonly string[] {
  const values = Object.entries(earlier ?? {}).map(
    ([name, numbers]) => `, earlier values of ${name} in one version: ${numbers.join(', ')}`,
  )
  const texts = [slo, ...(sli === undefined ? [] : [`# sli.yaml\n${sli}`])]
  return [`${[title, ...values].join('')}:`, '', ...texts.map(fenced)]
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(documentPath, lintDocument())

export const written = (): string => readFileSync(documentPath, 'utf8')
