import { expect, test } from 'vitest'
import { DynatraceConfig } from '../../providers/dynatrace/config.ts'
import { PrometheusConfig } from '../../providers/prometheus/config.ts'

/** zod speaks of input, expectations and types of a programming language. */
const foreign = /: (Invalid|Too|expected)/

const wrongValues = [3, 'x', [], { a: 1 }, true, null, 0, 1.5, 1e9]

for (const { kind, config, shape } of [
  { kind: 'prometheus', config: PrometheusConfig, shape: PrometheusConfig.shape },
  { kind: 'dynatrace', config: DynatraceConfig, shape: DynatraceConfig.in.shape },
]) {
  test(`every wrong setting of ${kind} is reported in plain words`, () => {
    const issues = Object.keys(shape).flatMap((key) =>
      wrongValues.flatMap((value) => config.safeParse({ url: 'http://a', [key]: value }).error?.issues ?? []),
    )
    expect(issues.length).toBeGreaterThan(20)
    const reported = issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
    expect(reported.filter((one) => foreign.test(one))).toEqual([])
  })
}
