import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { lint, lintRules } from '../../../slo/index.ts'
import { bearings } from '../../../slo/lint/bearing.ts'

/** `npm run lint-rules`: writes docs/lint-rules.md anew. A test says when that was forgotten. */
export const documentPath = fileURLToPath(new URL('../../../docs/lint-rules.md', import.meta.url))

type Rule = (typeof lintRules)[number]

const introduction = `# Lint rules

What \`lint\` of \`pharos/slo\` finds in an \`slo.yaml\` and the \`sli.yaml\` files behind it. Findings that bear on an evaluation (each
rule says when) appear among its \`warnings\` and never influence its result; several of one rule are one warning with a \`count\`. An
\`error\` is whatever \`parseSlo\` and \`parseSli\` refuse, under the code and with the place that they give, and the rules that say so. A \`warning\` does something else than it seems to; an
\`info\` is worth knowing. Rules about indicators need the \`sli.yaml\`, rules about values need earlier evaluations: of
the server's its last 20, looked at once in 10 s for each service; of a file, \`lint\` and \`judge\` with \`--history\`.

This file is written by \`npm run lint-rules\`; the examples are the rules' tests.
`

/** The document, from the rules themselves. */
export function lintDocument(): string {
  const table = lintRules.map(({ id, severity }) => `| [\`${id}\`](#${id}) | ${severity} |`)
  return [introduction, ['| rule | |', '|---|---|', ...table, ''].join('\n'), ...lintRules.map(section)].join('\n')
}

function section({ id, severity, summary, bad, good }: Rule): string {
  const files = bad.sli === undefined ? [] : [{ file: 'sli.yaml', text: bad.sli }]
  const [found] = bad.earlier === undefined ? lint(bad.slo, files) : []
  const said = found === undefined ? [] : [`> ${found.line}:${found.column} ${found.message}. Fix: ${found.fix}.`, '']
  return [
    `## ${id}`,
    '',
    `${severity}: ${summary}`,
    '',
    `In evaluations: ${bearings[id]?.when}.`,
    '',
    ...example('Found in', bad),
    ...said,
    ...example('Not in', good),
  ].join('\n')
}

function example(title: string, { slo, sli, earlier }: Rule['bad']): readonly string[] {
  const values = Object.entries(earlier ?? {}).map(
    ([name, numbers]) => `with earlier values of ${name}, all of one version: ${numbers.join(', ')}`,
  )
  const texts = [slo, ...(sli === undefined ? [] : [`# sli.yaml\n${sli}`])]
  return [`${[title, ...values].join(' ')}:`, '', ...texts.map((text) => `\`\`\`yaml\n${text}\`\`\`\n`)]
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(documentPath, lintDocument())

export const written = (): string => readFileSync(documentPath, 'utf8')
