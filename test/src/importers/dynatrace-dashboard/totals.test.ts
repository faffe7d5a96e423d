import { describe, expect, test } from 'vitest'
import { defaultTotals, parseTotals } from '../../../../src/importers/dynatrace-dashboard/totals.ts'

describe('a Markdown tile', () => {
  for (const markdown of ['', '## Notes', 'kqg.total.pass=50%']) {
    test(`${JSON.stringify(markdown)} is somebody else's`, () => {
      expect(parseTotals(markdown)).toEqual({ kind: 'foreign' })
    })
  }

  test('may say everything', () => {
    const markdown =
      'KQG.Total.Pass=95%; kqg.total.warning = 80.5;KQG.Compare.WithScore=pass_or_warn;KQG.Compare.Results=3;KQG.Compare.Function=p90;KQG.QueryBehavior=ParseOnChange;free text'
    expect(parseTotals(markdown)).toEqual({
      kind: 'totals',
      totals: {
        totalScore: { pass: 95, warning: 80.5 },
        comparison: { resultsMax: 3, include: 'pass_or_warn', aggregate: 'p90' },
      },
    })
  })

  test('may say nothing that is known', () => {
    expect(parseTotals('KQG.Total=5')).toEqual({ kind: 'totals', totals: defaultTotals })
  })

  for (const { markdown, told } of [
    { markdown: 'KQG.Total.Pass=101%', told: ['KQG.Total.Pass must be a number from 0 to 100', '101%'] },
    { markdown: 'KQG.Total.Warning=most', told: ['KQG.Total.Warning must be a number', 'most'] },
    { markdown: 'KQG.Compare.WithScore=warn', told: ['must be pass or all or pass_or_warn', 'warn'] },
    { markdown: 'KQG.Compare.Results=0', told: ['must be a whole number from 1 to 100'] },
    { markdown: 'KQG.Compare.Results=101', told: ['must be a whole number from 1 to 100'] },
    { markdown: 'KQG.Compare.Function=p99', told: ['must be avg or p50 or p90 or p95'] },
    { markdown: 'KQG.Total.Pass=90;KQG.Total.Pass=80', told: ["duplicate key 'KQG.Total.Pass'"] },
    { markdown: 'KQG.Total.Pass=x;KQG.Compare.Results=y', told: ['KQG.Total.Pass', 'KQG.Compare.Results'] },
  ]) {
    test(`${markdown} is refused`, () => {
      const parsed = parseTotals(markdown)
      const mistakes = parsed.kind === 'wrong' ? parsed.mistakes.join('\n') : ''
      for (const part of told) expect(mistakes).toContain(part)
    })
  }
})
