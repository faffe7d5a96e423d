import { headline, shownNumber, titleOf, type Report, type ReportedObjective } from './report.ts'

/** Each objective a test case, so that a pipeline shows it beside the others. An undecided evaluation is an error. */
export function junitReport(report: Report): string {
  const failed = report.objectives.filter(({ status }) => status === 'fail')
  const skipped = report.objectives.filter(({ status }) => status === 'info')
  const isUndecided = report.state !== 'succeeded'
  const gate = isUndecided
    ? `    <testcase classname="${attribute(report.title)}" name="gate"><error message="${attribute(reasonsOf(report))}"/></testcase>`
    : report.result === 'fail'
      ? `    <testcase classname="${attribute(report.title)}" name="gate"><failure message="${attribute(headline(report))}">${content(reasonsOf(report))}</failure></testcase>`
      : `    <testcase classname="${attribute(report.title)}" name="gate"/>`
  const failures = failed.length + (report.result === 'fail' && !isUndecided ? 1 : 0)
  const counts = `tests="${report.objectives.length + 1}" failures="${failures}" errors="${isUndecided ? 1 : 0}" skipped="${skipped.length}"`
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name="${attribute(report.title)}" ${counts}>`,
    ...report.objectives.map((objective) => testCase(report.title, objective)),
    gate,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}

function testCase(title: string, objective: ReportedObjective): string {
  const opening = `    <testcase classname="${attribute(title)}" name="${attribute(titleOf(objective))}"`
  if (objective.status === 'info') return `${opening}><skipped message="informational"/></testcase>`
  if (objective.status === 'pass') return `${opening}/>`
  const { value, outcome, message, passTargets } = objective
  const violated = passTargets.filter((target) => target.violated).map(({ criteria }) => criteria)
  const said = value === null ? `${outcome}: ${message}` : `${shownNumber(value)} does not meet ${violated.join(', ')}`
  if (objective.status === 'warning')
    return `${opening}><system-out>${content(`warning: ${said}`)}</system-out></testcase>`
  return `${opening}><failure message="${attribute(said)}"/></testcase>`
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
