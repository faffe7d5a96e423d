import { defineConfig } from 'vitest/config'

/** What every mutant of slo/ is tried with: each test that knows the answer, without those that only look for crashes. */
export default defineConfig({
  test: {
    include: ['test/slo/**/*.test.ts', 'test/lint/*.test.ts', 'test/conformance/conformance.test.ts'],
    exclude: ['test/slo/fuzz.test.ts'],
    env: { PHAROS_PROPERTY_RUNS: '200' },
    testTimeout: 30_000,
    maxWorkers: 1,
  },
})
