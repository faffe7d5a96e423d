import { notTaken, type NotTaken } from './imported.ts'
import type { Thresholds } from './tile.ts'

/** Criteria as a title would say them. */
export interface ThresholdCriteria {
  readonly pass: readonly (readonly string[])[]
  readonly warning: readonly (readonly string[])[]
}

type Meaning = 'pass' | 'warning' | 'fail'

/** The colours of the Data Explorer's palettes: greens, yellows with oranges, reds. */
const palette: Readonly<Record<Meaning, string>> = {
  pass: '006613 1f7e1e 5ead35 7dc540 9cd575 e8f9dc 048855 009e60 2ab06f 54c27d 99dea8 e1f7dc',
  warning: 'ef651f fd8232 ffa86c ffd0ab c9a000 e6be00 f5d30f ffe11c ffee7c fff9d5',
  fail: '93060e ab0c17 c41425 dc172a f28289 ffeaea',
}

const meanings: ReadonlyMap<string, Meaning> = new Map(
  (['pass', 'warning', 'fail'] as const).flatMap((meaning) =>
    palette[meaning].split(' ').map((colour) => [`#${colour}`, meaning] as const),
  ),
)

/**
 * What the three coloured thresholds of a tile mean; undefined when none are shown. Each colour holds from its value up to the
 * next one: green, yellow, red is better the lower, red, yellow, green the higher.
 * Source: keptn-contrib/dynatrace-service 14b41b0, internal/sli/dashboard/data_explorer_thresholds.go.
 */
export function criteriaOf(thresholds: Thresholds): ThresholdCriteria | NotTaken | undefined {
  const [shown, ...more] = thresholds ?? []
  if (shown === undefined) return undefined
  if (more.length > 0) return notTaken(`it has ${more.length + 1} sets of thresholds, and one can be taken`)
  const rules = shown.rules ?? []
  const isUsed = shown.visible === true && rules.some(({ value }) => typeof value === 'number')
  if (!isUsed) return undefined
  const mistakes = rules.flatMap(({ value, color }, index) => [
    ...(typeof value === 'number' ? [] : [`threshold ${index + 1} has no value`]),
    ...(meanings.has(color.toLowerCase()) ? [] : [`threshold ${index + 1} has a colour of its own, ${color}`]),
  ])
  const [first, second, third] = rules.map(({ value, color }) => ({
    value: value ?? Number.NaN,
    meaning: meanings.get(color.toLowerCase()),
  }))
  if (rules.length !== 3 || first === undefined || second === undefined || third === undefined) {
    return notTaken(`it has ${rules.length} thresholds where 3 were expected`, ...mistakes)
  }
  if (mistakes.length > 0) return notTaken(...mistakes)
  if (!(first.value < second.value && second.value < third.value)) {
    return notTaken('its thresholds do not rise from one to the next')
  }
  return criteriaBetween([first.value, second.value, third.value], [first.meaning, second.meaning, third.meaning])
}

function criteriaBetween(
  [first, second, third]: readonly [number, number, number],
  colours: readonly (Meaning | undefined)[],
): ThresholdCriteria | NotTaken {
  const order = colours.join(' ')
  if (order === 'pass warning fail') {
    return positive([first, second, third], {
      pass: [[`>=${first}`, `<${second}`]],
      warning: [[`>=${first}`, `<${third}`]],
    })
  }
  if (order === 'fail warning pass') {
    return positive([second, third], { pass: [[`>=${third}`]], warning: [[`>=${second}`]] })
  }
  return notTaken(
    `the colours of its thresholds mean ${colours.join(', ')}: neither from pass to fail nor from fail to pass`,
  )
}

/** A sign would make a criterion relative to earlier evaluations. */
function positive(values: readonly number[], criteria: ThresholdCriteria): ThresholdCriteria | NotTaken {
  const negative = values.find((value) => value < 0)
  return negative === undefined
    ? criteria
    : notTaken(`its threshold ${negative} is negative, which no criterion can say`)
}
