import { expect, test } from 'vitest'
import { fitted } from '../../../src/announcing/size-limit.ts'

const kilobyte = 'ü'.repeat(512)
const evaluation = {
  result: 'fail',
  sloFileContent: kilobyte,
  indicatorResults: [{ value: { message: kilobyte } }],
  reasons: [{ message: kilobyte }],
  warnings: [{ message: kilobyte }],
  explanation: { sentence: kilobyte },
  omitted: [],
}
const event = { specversion: '1.0', data: { message: 'why '.repeat(1000), evaluation } }
const wholeBytes = Buffer.byteLength(JSON.stringify(event))

function omittedAt(maxBytes: number): readonly string[] {
  const body = fitted(event, maxBytes)
  const { evaluation: told, message } = JSON.parse(body).data
  expect(Object.keys(told)).toEqual(Object.keys(evaluation))
  expect(Buffer.byteLength(body) + 40 <= maxBytes).toBe(true)
  expect(message === event.data.message).toBe(!told.omitted.includes('reasons'))
  return told.omitted
}

const order = ['explanation', 'sloFileContent', 'warnings', 'indicatorResults', 'reasons']

test('what fits is whole, to the byte', () => {
  expect(fitted(event, wholeBytes + 40)).toBe(JSON.stringify(event))
  expect(omittedAt(wholeBytes + 39)).toEqual(['explanation'])
})

test('what does not fit loses what is ours first, no more than it must, and says what', () => {
  for (const [index] of order.entries()) {
    expect(omittedAt(wholeBytes + 39 - 1024 * index)).toEqual(order.slice(0, index + 1))
  }
})

test('without its reasons an event keeps the beginning of its message', () => {
  const { data } = JSON.parse(fitted(event, 0))
  expect(data).toEqual({
    message: `${'why '.repeat(250)} …`,
    evaluation: {
      result: 'fail',
      sloFileContent: '',
      indicatorResults: [],
      reasons: [],
      warnings: [],
      explanation: null,
      omitted: order,
    },
  })
})
