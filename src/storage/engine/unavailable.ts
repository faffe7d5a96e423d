import { DatabaseError } from 'pg'

/** SQLSTATEs of a server that is going, coming or full; class 08 is every connection exception. */
const states = new Set(['57P01', '57P02', '57P03', '53300'])

const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
])

/** How errors without a code begin. Source: pg 8.23.1, lib/client.js; pg-pool 3, index.js. */
const messages = [
  'Connection terminated',
  'timeout exceeded when trying to connect',
  'timeout expired',
  'Query read timeout',
  'Client has encountered a connection error',
  'Client was closed',
  'Cannot use a pool after calling end',
]

/** Whether an error of `pg` says that the database cannot be reached now: a caller may try again later. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (error instanceof DatabaseError) {
    return error.code !== undefined && (states.has(error.code) || error.code.startsWith('08'))
  }
  if (!(error instanceof Error)) return false
  const { code, syscall } = error as NodeJS.ErrnoException
  // A missing unix socket; elsewhere ENOENT is a missing file.
  if (code === 'ENOENT') return syscall === 'connect'
  if (code !== undefined && networkCodes.has(code)) return true
  return messages.some((message) => error.message.startsWith(message))
}
