import { z } from 'zod'

/** An instant in an answer, in UTC. */
export const Timestamp = z.string().meta({ format: 'date-time' })

/** The id of something that Pharos has made. */
export const Uuid = z.string().meta({ format: 'uuid' })
