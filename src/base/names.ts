import { z } from 'zod'

const nameCharacters = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/
const nameExpected =
  'must be 1 to 128 letters, digits, dots, underscores and hyphens, and begin with a letter or a digit'

/** Names become paths, so nothing else is a name; `.` and `..` are none. */
export const Name = z.string({ error: 'must be a string' }).regex(nameCharacters, nameExpected)

/** A `Name`. What a monitoring system calls a service often has other characters, so the message says where those go. */
export const ServiceName = z
  .string({ error: 'must be a string' })
  .regex(
    nameCharacters,
    `${nameExpected}; for a service with another real name, services in project.yaml may be a map with displayName: {a-b: {displayName: "A & B"}}`,
  )

/** What is judged: a service in a stage of a project. Each is a `Name`. */
export interface ServiceKey {
  readonly project: string
  readonly stage: string
  readonly service: string
}
