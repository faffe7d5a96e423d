import { comparisonRules } from './comparison-rules.ts'
import { criteriaRules } from './criteria-rules.ts'
import { criterionRules } from './criterion-rules.ts'
import { historyRules } from './history-rules.ts'
import { objectiveRules } from './objective-rules.ts'
import { placeholderRules } from './placeholder-rules.ts'
import { queryRules } from './query-rules.ts'
import { readingRules } from './reading-rules.ts'
import type { Rule } from './rule.ts'

/** All rules for files that can be read. */
export const lintRules: readonly Rule[] = [
  ...readingRules,
  ...comparisonRules,
  ...objectiveRules,
  ...placeholderRules,
  ...criteriaRules,
  ...criterionRules,
  ...queryRules,
  ...historyRules,
]
