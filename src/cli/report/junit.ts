import { headline, shownNumbers, titleOf, whyUnmeasured, type Report, type ReportedObjective } from './report.ts'
import { shownWarnings } from './warnings.ts'

/** Each objective a test case, so that a pipeline shows it beside the others. An evaluation that is undecided or invalidated is an error. */
export function junitReport(report: Report): string {
  const failed = report.objectives.filter(({ status }) => status === 'fail')
  const skipped = report.objectives.filter(({ status }) => status === 'info')
  const isUndecided = report.state !== 'succeeded' || report.isInvalidated
  const failures = failed.length + (report.result === 'fail' && !isUndecided ? 1 : 0)
  const counts = `tests="${report.objectives.length + 1}" failures="${failures}" errors="${isUndecided ? 1 : 0}" skipped="${skipped.length}"`
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name="${attribute(report.title)}" ${counts}>`,
    ...report.objectives.map((objective) => testCase(report.title, objective)),
    gateCase(report),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}

function testCase(title: string, objective: ReportedObjective): string {
  const name = titleOf(objective)
  const { status, value } = objective
  const unmeasured = value === null ? `not measured ${whyUnmeasured(objective)}` : undefined
  switch (status) {
    case 'pass':
      return caseOf(title, name, [])
    case 'info':
      return caseOf(title, name, [
        messaged('skipped', unmeasured === undefined ? 'informational' : `informational, ${unmeasured}`),
      ])
    case 'warning':
      return caseOf(title, name, [systemOut([`warning: ${unmeasured ?? missed(objective)}`])])
    case 'fail':
      return caseOf(title, name, [messaged('failure', unmeasured ?? missed(objective))])
  }
}

/** `700 does not meet <=+10% (121), <600`. */
function missed(objective: ReportedObjective): string {
  const { value, needed } = shownNumbers(objective)
  const violated = needed.filter(({ isViolated }) => isViolated)
  const conditions = violated.map(({ criteria, limit }) => (limit === null ? criteria : `${criteria} (${limit})`))
  return `${value} does not meet ${conditions.join(', ')}`
}

/** The result as a test case, with the warnings and notes about it. */
function gateCase(report: Report): string {
  const beside = [
    ...(report.isExplained ? [report.explanation ?? ''] : []),
    ...report.standing,
    ...shownWarnings(report.warnings).map((shown) => `warning: ${shown}`),
  ]
  const told = beside.length === 0 ? [] : [systemOut(beside)]
  if (report.isInvalidated) return caseOf(report.title, 'gate', [messaged('error', headline(report)), ...told])
  if (report.state !== 'succeeded') return caseOf(report.title, 'gate', [messaged('error', reasonsOf(report)), ...told])
  if (report.result !== 'fail') {
    const why = report.reasons.length === 0 ? [] : [`${headline(report)}: ${reasonsOf(report)}`]
    const lines = [...why, ...beside]
    return caseOf(report.title, 'gate', lines.length === 0 ? [] : [systemOut(lines)])
  }
  const failure = `<failure message="${attribute(headline(report))}">${content(reasonsOf(report))}</failure>`
  return caseOf(report.title, 'gate', [failure, ...told])
}

function caseOf(title: string, name: string, children: readonly string[]): string {
  const opening = `    <testcase classname="${attribute(title)}" name="${attribute(name)}"`
  return children.length === 0 ? `${opening}/>` : `${opening}>${children.join('')}</testcase>`
}

function messaged(element: 'error' | 'failure' | 'skipped', text: string): string {
  return `<${element} message="${attribute(text)}"/>`
}

function systemOut(lines: readonly string[]): string {
  return `<system-out>${content(lines.join('\n'))}</system-out>`
}

function reasonsOf({ reasons }: Report): string {
  return reasons.map(({ message }) => message).join(' ')
}

/** XML knows no other control characters, however they are written. */
function content(text: string): string {
  const known = text.replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '�')
  return known.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function attribute(text: string): string {
  return content(text).replaceAll('"', '&quot;').replaceAll('\n', '&#10;')
}
