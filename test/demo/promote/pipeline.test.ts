import { describe, expect, test } from 'vitest'
import { decide, nextDeployments, unanswered, type Entry, type Stage } from '../../../demo/promote/pipeline.ts'

const deployed = (version: string, stage: Stage): Entry => ({
  kind: 'deployed',
  version,
  stage,
  triggerId: `${version}-${stage}`,
  context: 'c',
})
const judged = (version: string, stage: Stage, result: 'pass' | 'warning' | 'fail'): Entry => ({
  kind: 'judged',
  version,
  stage,
  result,
  score: 0,
  message: '',
})

describe('a build', () => {
  for (const { result, stage, decision } of [
    { result: 'pass', stage: 'dev', decision: 'promoted' },
    { result: 'pass', stage: 'prod', decision: 'delivered' },
    { result: 'warning', stage: 'dev', decision: 'held' },
    { result: 'fail', stage: 'staging', decision: 'stopped' },
  ] as const) {
    test(`with ${result} in ${stage} is ${decision}`, () => {
      expect(decide([deployed('1', stage), judged('1', stage, result)], '1', stage)).toBe(decision)
    })
  }

  test('without an answer waits, whatever became of others', () => {
    const entries = [deployed('1', 'dev'), deployed('2', 'dev'), judged('2', 'dev', 'pass')]
    expect(decide(entries, '1', 'dev')).toBe('waiting')
    expect(unanswered(entries)).toEqual([entries[0]])
  })
})

describe('deployed next', () => {
  test('is what passed, in the stage after that', () => {
    const entries = [deployed('1', 'dev'), judged('1', 'dev', 'pass')]
    expect(nextDeployments(entries)).toEqual([{ version: '1', stage: 'staging' }])
  })

  for (const { title, entries } of [
    { title: 'was held', entries: [judged('1', 'dev', 'warning')] },
    { title: 'was stopped', entries: [judged('1', 'dev', 'fail')] },
    { title: 'is there already', entries: [judged('1', 'dev', 'pass'), deployed('1', 'staging')] },
    { title: 'is in prod', entries: [judged('1', 'prod', 'pass')] },
    { title: 'waits', entries: [deployed('1', 'dev')] },
  ]) {
    test(`is nothing that ${title}`, () => {
      expect(nextDeployments(entries)).toEqual([])
    })
  }
})
