import { expect } from 'vitest'
import { defaultPolicies, judge, parseSlo, SloError, type Slo } from '../../slo/index.ts'
import { measured } from './build.ts'

/** The answer to any text: an Slo within the grammar that can be judged, or problems with places. */
export function expectAnswer(text: string): 'slo' | 'error' {
  let slo: Slo
  try {
    slo = parseSlo(text)
  } catch (error) {
    expectProblems(error, text)
    return 'error'
  }
  for (const { weight, pass, warning, line } of slo.objectives) {
    expect(Number.isInteger(weight) && weight >= 1 && line >= 1).toBe(true)
    expect(
      [...pass, ...warning].every((set) => set.length > 0 && set.every(({ amount }) => Number.isFinite(amount))),
    ).toBe(true)
  }
  expect(slo.totalScore.pass).toBeGreaterThanOrEqual(0)
  expect(slo.totalScore.pass).toBeLessThanOrEqual(100)
  const judgement = judge(
    slo,
    slo.objectives.map(({ indicator }) => measured(indicator, 1)),
    [],
    defaultPolicies,
  )
  expect(judgement.score).toBeGreaterThanOrEqual(0)
  expect(judgement.score).toBeLessThanOrEqual(100)
  return 'slo'
}

function expectProblems(error: unknown, text: string): void {
  if (!(error instanceof SloError)) throw error
  expect(error.issues.length).toBeGreaterThan(0)
  const lines = text.split(/\r\n|\r|\n/).length
  for (const { line, column, message, code } of error.issues) {
    expect(line >= 1 && line <= lines && column >= 1 && column <= text.length + 1, `${line}:${column} ${message}`).toBe(
      true,
    )
    expect(code).toMatch(/^[a-z_]+$/)
    expect(message).not.toBe('')
  }
}
