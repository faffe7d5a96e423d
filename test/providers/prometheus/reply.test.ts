import { describe, expect, test } from 'vitest'
import { answerOf } from '../../../providers/prometheus/reply.ts'

function vector(...result: readonly unknown[]): string {
  return JSON.stringify({ status: 'success', data: { resultType: 'vector', result } })
}
function sample(value: unknown): object {
  return { metric: {}, value: [1714523700, value] }
}

describe('one finite number', () => {
  for (const { text, value } of [
    { text: '2.266666666666667', value: 2.266666666666667 },
    { text: '349.9999999999995', value: 349.9999999999995 },
    { text: '0', value: 0 },
    { text: '-1', value: -1 },
    { text: '+1', value: 1 },
    { text: '1e+06', value: 1_000_000 },
    { text: '1.', value: 1 },
    { text: '.5', value: 0.5 },
    { text: '5e-324', value: 5e-324 },
  ]) {
    test(`${text} is ${value}`, () => {
      expect(answerOf(vector(sample(text)))).toEqual({ outcome: 'measured', value, warnings: [] })
    })
  }

  test('a scalar counts', () => {
    const body = JSON.stringify({ status: 'success', data: { resultType: 'scalar', result: [1, '42'] } })
    expect(answerOf(body)).toEqual({ outcome: 'measured', value: 42, warnings: [] })
  })
})

describe('no finite number', () => {
  for (const { text, message } of [
    {
      text: 'NaN',
      message:
        'query did not return valid values: NaN (zero divided by zero, without traffic? if that means zero, set onNaN: 0)',
    },
    { text: '+Inf', message: 'query did not return valid values: +Inf (division by zero?)' },
    { text: '-Inf', message: 'query did not return valid values: -Inf (division by zero?)' },
    { text: 'Inf', message: 'query did not return valid values: Inf (division by zero?)' },
    { text: '', message: 'query did not return valid values: ""' },
    { text: 'abc', message: 'query did not return valid values: "abc"' },
    { text: '0x10', message: 'query did not return valid values: "0x10"' },
    { text: '1e400', message: 'query did not return valid values: "1e400"' },
    { text: ' 1', message: 'query did not return valid values: "1"' },
  ]) {
    test(`${JSON.stringify(text)} is invalid_value`, () => {
      expect(answerOf(vector(sample(text)))).toEqual({ outcome: 'invalid_value', message, warnings: [] })
    })
  }
})

describe('not one number', () => {
  test('no series is no data, whatever onEmpty means', () => {
    expect(answerOf(vector())).toEqual({
      outcome: 'no_data',
      message: 'query did not return any values: no series at the end of the window',
      warnings: [],
    })
  })

  test('several series: their number, the first two, and the cure', () => {
    const series = ['1', '2', '3'].map((a) => ({ metric: { __name__: 'g_two', a, b: '"' }, value: [1, a] }))
    expect(answerOf(vector(...series))).toEqual({
      outcome: 'ambiguous',
      message: String.raw`query did return multiple values: 3 series, first g_two{a="1", b="\""}, g_two{a="2", b="\""}; wrap it in sum() or avg(), or select one`,
      warnings: [],
    })
  })

  test('long label sets are cut', () => {
    const series = ['1', '2'].map((a) => ({ metric: { a, long: 'x'.repeat(10_000) }, value: [1, a] }))
    expect(JSON.stringify(answerOf(vector(...series))).length).toBeLessThan(500)
  })

  for (const { body, outcome, message } of [
    {
      body: vector({ metric: {}, histogram: [1, { count: '3', sum: '9' }] }),
      outcome: 'bad_query',
      message: /native histogram.*histogram_quantile\(\)/,
    },
    {
      body: '{"status":"success","data":{"resultType":"string","result":[1,"hello"]}}',
      outcome: 'bad_query',
      message: /a string, not a number/,
    },
    {
      body: '{"status":"success","data":{"resultType":"matrix","result":[]}}',
      outcome: 'bad_query',
      message: /a range of values.*avg_over_time\(\)/,
    },
  ]) {
    test(`${body} is ${outcome}`, () => {
      expect(answerOf(body)).toEqual({ outcome, message: expect.stringMatching(message), warnings: [] })
    })
  }
})

describe('not of the Prometheus API', () => {
  for (const body of [
    '',
    'null',
    '[]',
    '{}',
    '{"status":"success"}',
    '{"status":"success","data":{}}',
    '{"status":"error","errorType":"x","error":"y"}',
    '{"status":"success","data":{"resultType":"new","result":1}}',
    '{"status":"success","data":{"resultType":"vector","result":[[]]}}',
    '{"status":"success","data":{"resultType":"vector","result":[{"metric":{}}]}}',
    '{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,2]}]}}',
    '{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1]}]}}',
    '{"status":"success","data":{"resultType":"scalar","result":null}}',
    '{"status":"success","data":{"resultType":"vector","result":[',
  ]) {
    test(`${JSON.stringify(body)} is malformed`, () => {
      const answer = answerOf(body)
      expect(answer).toEqual({ outcome: 'upstream', message: expect.stringMatching(/^malformed reply/), warnings: [] })
    })
  }

  test('of a strange body the beginning is shown, without tags', () => {
    const answer = answerOf(`<html><body>Sign in${'x'.repeat(5000)}`)
    expect(answer).toMatchObject({ message: expect.stringMatching(/: Sign inx{113}…$/) })
  })
})

describe('warnings', () => {
  const data = { resultType: 'vector', result: [sample('1')] }
  for (const { more, warnings } of [
    { more: { warnings: ['w'] }, warnings: ['w'] },
    { more: { warnings: ['w'], infos: ['i'] }, warnings: ['w', 'i'] },
    { more: { warnings: null }, warnings: [] },
    { more: { isPartial: false }, warnings: [] },
  ]) {
    test(`${JSON.stringify(more)} gives ${JSON.stringify(warnings)}`, () => {
      expect(answerOf(JSON.stringify({ status: 'success', data, ...more }))).toEqual({
        outcome: 'measured',
        value: 1,
        warnings,
      })
    })
  }

  test('of a part of the data the value says so', () => {
    expect(answerOf(JSON.stringify({ status: 'success', data, isPartial: true }))).toEqual({
      outcome: 'measured',
      value: 1,
      partial: 'unless_key',
      warnings: ['the reply is partial: some of the storage did not respond'],
    })
  })

  test('an empty answer keeps them', () => {
    const body = JSON.stringify({ status: 'success', data: { resultType: 'vector', result: [] }, warnings: ['w'] })
    expect(answerOf(body)).toMatchObject({ outcome: 'no_data', warnings: ['w'] })
  })
})
