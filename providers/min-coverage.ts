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
    { error: 'must be a share such as 50%' },
  )
  .refine((percent) => percent >= 0 && percent <= 100, 'must be from 0% to 100%')
  .optional()

const minCoverageDefault = 50

/** Whether so many samples of so many are what `minCoverage` asks for, or half of them where it does not say. */
export function isCovered(samples: number, expected: number, minCoverage: number = minCoverageDefault): boolean {
  return samples * 100 >= minCoverage * expected
}
