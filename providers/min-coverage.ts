import { z } from 'zod'

/** The option `minCoverage`: the share of a window's samples that must be numbers, in per cent once parsed. */
export const MinCoverage = z
  .union(
    [
      z.number(),
      z
        .string()
        .regex(/^\d{1,3}(\.\d+)?%$/)
        .transform(Number.parseFloat),
    ],
    { error: 'must be a percentage such as 50%' },
  )
  .refine((percent) => percent >= 0 && percent <= 100, 'must be from 0% to 100%')
  .optional()

const minCoverageDefault = 50

/** Whether enough samples are numbers: the share that `minCoverage` requires, by default half. */
export function isCovered(samples: number, expected: number, minCoverage: number = minCoverageDefault): boolean {
  return samples * 100 >= minCoverage * expected
}
