import { expect, test } from 'vitest'
import { z } from 'zod'
import { inOurWords } from '../../../src/base/wording.ts'

for (const { schema, value, message } of [
  { schema: z.string(), value: null, message: 'must be a string, not null' },
  { schema: z.string(), value: 5, message: 'must be a string' },
  { schema: z.object({}), value: undefined, message: 'is missing' },
  { schema: z.object({}), value: null, message: 'must be an object, not null' },
  { schema: z.record(z.string(), z.string()), value: [], message: 'must be an object' },
  { schema: z.array(z.string()), value: {}, message: 'must be a list' },
  { schema: z.boolean(), value: null, message: 'must be true or false, not null' },
  { schema: z.number(), value: '5', message: 'must be a number' },
  { schema: z.int(), value: 1.5, message: 'must be a whole number' },
  { schema: z.int().min(1), value: 0, message: 'must be at least 1' },
  { schema: z.number().max(100), value: 101, message: 'must be at most 100' },
  { schema: z.string().min(1), value: '', message: 'must not be empty' },
  { schema: z.string().min(3), value: '', message: 'must have at least 3 characters' },
  { schema: z.string().max(2), value: 'abc', message: 'must have at most 2 characters' },
  { schema: z.array(z.string()).min(1), value: [], message: 'must not be empty' },
  { schema: z.array(z.string()).max(1), value: ['a', 'b'], message: 'must have at most 1 entries' },
  { schema: z.enum(['a', 'b']), value: null, message: 'must be a or b' },
  { schema: z.uuid(), value: 'x', message: 'must be a UUID' },
  { schema: z.strictObject({}), value: { a: 1 }, message: 'is not known here' },
  { schema: z.string({ error: 'must be a name' }), value: null, message: 'must be a name' },
]) {
  test(`${JSON.stringify(value)}: ${message}`, () => {
    const parsed = schema.safeParse(value, { error: inOurWords })
    expect(parsed.error?.issues.map((issue) => issue.message)).toEqual([message])
  })
}
