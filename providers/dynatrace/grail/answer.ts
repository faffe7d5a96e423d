import { missing, shortened, type Answer } from '../../answer.ts'
import type { DynatraceOptions } from '../options.ts'
import { numberOf } from './record.ts'
import type { Notification, Result } from './result.ts'

/** One more record than a query may have, to detect several. */
export const recordsMax = 2

/**
 * The answer of a finished query. Notifications take precedence over records, because Grail returns no records, or zeros, if
 * a permission is missing.
 */
export function answerOfResult(result: Result, options: DynatraceOptions): Answer {
  const { sampled, notifications } = result.metadata?.grail ?? {}
  const notes = (notifications ?? []).map((notification) => ({ notification, note: noteOf(notification) }))
  const forbidden = notes.find(({ notification }) => /PERMISSION/.test(notification.notificationType ?? ''))
  if (forbidden !== undefined) {
    const fix = 'the token needs storage:buckets:read and the scope of each table it reads'
    return missing('unauthorized', `not permitted: ${forbidden.note}; ${fix}`)
  }
  const failed = notes.find(({ notification }) => notification.severity === 'ERROR')
  if (failed !== undefined) return missing('upstream', `the query reports an error: ${failed.note}`)
  const answer = answerOfRecords(result, options)
  const parts = notes.filter(({ notification }) => isAboutPart(notification)).map(({ note }) => `partial data: ${note}`)
  if (sampled === true && parts.length === 0) parts.push('partial data: the query read only a sample of the records')
  const others = notes.filter(({ notification }) => isOther(notification)).map(({ note }) => note)
  const warnings = [...answer.warnings, ...parts, ...others]
  if (answer.outcome !== 'measured' || parts.length === 0) return { ...answer, warnings }
  if (options.partial === 'error')
    return missing('upstream', `${parts.join('; ')}; the option partial is error`, others)
  return { ...answer, partial: options.partial === 'warn' ? 'allowed' : 'unless_key', warnings }
}

function answerOfRecords({ records, types }: Result, options: DynatraceOptions): Answer {
  const [record, ...more] = records
  if (record === undefined || (record === null && more.length === 0)) {
    return missing('no_data', 'no data: the query returned no records; if that means zero, end it with summarize')
  }
  if (more.length > 0) {
    const count = `${records.length} records${records.length === recordsMax ? ' or more' : ''}`
    return missing('ambiguous', `the query returned ${count}, but one was expected: summarize or filter them`)
  }
  const own = (types ?? []).find(({ indexRange: [from, to] }) => from <= 0 && to >= 0)
  return numberOf(record ?? {}, own?.mappings ?? {}, options)
}

function isAboutPart({ notificationType }: Notification): boolean {
  return /SCAN_LIMIT|TIMEOUT|SAMPL|RESULT_.*LIMIT/.test(notificationType ?? '')
}

/** Informational notifications, such as about an added limit, are ignored. */
function isOther(notification: Notification): boolean {
  return notification.severity !== 'INFO' && !isAboutPart(notification)
}

function noteOf({ message, notificationType }: Notification): string {
  return shortened(message ?? notificationType ?? 'a notification without a message')
}
