import { z } from 'zod'

/** Names become paths, so nothing else is a name; `.` and `..` are none. */
export const Name = z
  .string({ error: 'must be a text' })
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/,
    'must be 1 to 128 letters, digits, dots, underscores and hyphens, and begin with a letter or a digit',
  )

/** What is judged: a service in a stage of a project. Each is a `Name`. */
export interface ServiceKey {
  readonly project: string
  readonly stage: string
  readonly service: string
}
