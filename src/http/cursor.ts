import type { z } from 'zod'
import { PharosError } from '../base/errors.ts'

/** Both ways from a page of a list; null where nothing is. */
export interface Page {
  readonly next: string | null
  readonly prev: string | null
}

/** A place in a list as a text that is nobody's to read. */
export function toCursor(place: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url')
}

/** The place that `toCursor` was given. Throws PharosError `invalid_cursor`. */
export function fromCursor<Place>(schema: z.ZodType<Place>, cursor: string): Place {
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()))
  } catch (cause) {
    throw new PharosError('invalid_cursor', 'the cursor is not one of this list: take it from page.next or page.prev', {
      cause,
    })
  }
}

/** What stands around the entries of a page, newest first; `place` is where it was asked for, undefined for the first one. */
export function pageOf<Entry>(
  entries: readonly Entry[],
  place: { readonly towards: 'older' | 'newer' } | undefined,
  hasMore: boolean,
  cursorOf: (towards: 'older' | 'newer', entry: Entry) => string,
): Page {
  const isNewer = place?.towards === 'newer'
  const [first, last] = [entries[0], entries.at(-1)]
  return {
    next: (isNewer || hasMore) && last !== undefined ? cursorOf('older', last) : null,
    prev: (isNewer ? hasMore : place !== undefined) && first !== undefined ? cursorOf('newer', first) : null,
  }
}
