import { lintRules, outerRules, type Finding, type Severity } from '../../slo/index.ts'
import { version } from '../base/version.ts'

/** A finding in the file it is about. */
export type PlacedFinding = Finding & { readonly file: string }

const levels = { error: 'error', warning: 'warning', info: 'note' } as const satisfies Record<Severity, string>

/** Findings in SARIF 2.1.0, with every rule described. */
export function sarif(findings: readonly PlacedFinding[]): object {
  const described = [...lintRules, ...outerRules].map(({ id, summary, severity }) => ({
    id,
    shortDescription: { text: summary },
    defaultConfiguration: { level: levels[severity] },
  }))
  const known = new Set(described.map(({ id }) => id))
  const refusals = [...new Set(findings.map(({ rule }) => rule))].filter((rule) => !known.has(rule))
  const rules = [
    ...described,
    ...refusals.map((id) => ({
      id,
      shortDescription: { text: 'The file is refused.' },
      defaultConfiguration: { level: 'error' },
    })),
  ]
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'pharos', version, rules } },
        results: findings.map(({ rule, severity, file, line, column, message, fix }) => ({
          ruleId: rule,
          ruleIndex: rules.findIndex(({ id }) => id === rule),
          level: levels[severity],
          message: { text: `${message}. Fix: ${fix}.` },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: encodeURI(file.replaceAll('\\', '/')) },
                region: { startLine: line, startColumn: column },
              },
            },
          ],
        })),
      },
    ],
  }
}
