import type { z } from 'zod'

/**
 * What a request's part must be, where its schema does not say it: zod speaks of input, expectations and types of a programming
 * language. Given to `safeParse` as its `error`.
 */
export const inOurWords: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'is missing'
      return `must be ${kinds[issue.expected] ?? issue.expected}${issue.input === null ? ', not null' : ''}`
    case 'invalid_value':
      return `must be ${issue.values.join(' or ')}`
    case 'too_small':
      return issue.minimum === 1 && issue.origin !== 'number' && issue.origin !== 'int'
        ? 'must not be empty'
        : `must ${amount(issue.origin, `at least ${issue.minimum}`)}`
    case 'too_big':
      return `must ${amount(issue.origin, `at most ${issue.maximum}`)}`
    case 'invalid_format':
      return issue.format === 'uuid' ? 'must be a UUID' : undefined
    case 'unrecognized_keys':
      return 'is not known here'
    // What else there is has its words in the schema.
    case 'custom':
    case 'invalid_element':
    case 'invalid_key':
    case 'invalid_union':
    case 'not_multiple_of':
      return undefined
  }
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}

/** For what is counted or measured: a text's characters, a list's entries, or a number itself. */
function amount(origin: string, bound: string): string {
  if (origin === 'string') return `have ${bound} characters`
  return origin === 'array' ? `have ${bound} entries` : `be ${bound}`
}
