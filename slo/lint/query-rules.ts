import type { Objective } from '../objectives.ts'
import { named, offsetOf, placedObjectives } from './place.ts'
import type { Found, Rule, Subject } from './rule.ts'

/** Dynatrace measures these metrics in microseconds. */
const inMicroseconds = /builtin:service\.(?:keyRequest\.)?response\.time|builtin:service\.responsetime/

/** How a query converts the unit of its value. */
const isConverted = /^MV2;micro|:toUnit\(|:setUnit\(|\/\s*\(?\s*1000/i

/** In microseconds these are at most 10 ms, which hardly any service achieves; in milliseconds they are common. */
const millisecondsMax = 10_000

function queriesOf({ slis }: Subject, { indicator }: Objective): readonly string[] {
  const colon = indicator.indexOf(':')
  return slis.flatMap(
    ({ reading: { queries } }) => (queries.get(indicator) ?? queries.get(indicator.slice(colon + 1)))?.query ?? [],
  )
}

function limitsInMilliseconds(subject: Subject): readonly Found[] {
  return placedObjectives(subject).flatMap((placed) => {
    const { pass, warning, indicator } = placed.objective
    const limits = [...pass, ...warning].flat().filter(({ kind }) => kind === 'absolute')
    const largest = Math.max(...limits.map(({ amount }) => amount))
    if (limits.length === 0 || largest <= 0 || largest > millisecondsMax) return []
    const query = queriesOf(subject, placed.objective).find(
      (text) => inMicroseconds.test(text) && !isConverted.test(text),
    )
    if (query === undefined) return []
    const key = pass.length > 0 ? 'pass' : 'warning'
    const message = `Dynatrace measures ${named(placed.objective)} in microseconds, so a limit of ${largest} means ${largest / 1000} ms`
    const fix = 'begin the query with MV2;MicroSecond; to get milliseconds, or write the limits in microseconds'
    return [{ at: offsetOf(placed, key), message, fix, indicator }]
  })
}

function unscaledUnits(subject: Subject): readonly Found[] {
  return subject.slis.flatMap((sli) =>
    [...sli.reading.queries].flatMap(([name, { query, at }]) => {
      const [prefix] = /^MV2;(?:count|millisecond|unspecified|percent);/i.exec(query) ?? []
      if (prefix === undefined) return []
      const message = `${prefix} does not change the value of ${JSON.stringify(name)}`
      return [{ sli, at, message, fix: 'remove the prefix', indicator: name }]
    }),
  )
}

const slo = (criteria: string): string =>
  `objectives: [{sli: rt, pass: [{criteria: [${criteria}]}]}]\ntotal_score: {pass: "90%"}\n`

export const queryRules: readonly Rule[] = [
  {
    id: 'microseconds',
    severity: 'warning',
    summary:
      'Dynatrace measures response times of services in microseconds, so a limit of 600 means 0.6 ms. Reported for limits up to 10,000 if the query does not convert the unit.',
    find: limitsInMilliseconds,
    bad: { slo: slo('"<600"'), sli: 'indicators: {rt: "metricSelector=builtin:service.response.time:avg"}\n' },
    good: {
      slo: slo('"<600"'),
      sli: 'indicators: {rt: "MV2;MicroSecond;metricSelector=builtin:service.response.time:avg"}\n',
    },
  },
  {
    id: 'unit_without_effect',
    severity: 'info',
    summary:
      '`MV2;` converts only MicroSecond and Byte; it has no effect with Count, MilliSecond, Unspecified and Percent.',
    find: unscaledUnits,
    bad: { slo: slo('"<5"'), sli: 'indicators: {rt: "MV2;Percent;metricSelector=builtin:host.cpu.usage:avg"}\n' },
    good: { slo: slo('"<5"'), sli: 'indicators: {rt: "metricSelector=builtin:host.cpu.usage:avg"}\n' },
  },
]
