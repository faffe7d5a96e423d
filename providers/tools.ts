import { z } from 'zod'
import { excerpt, missing } from './answer.ts'
import { readHeaderSecret, redactedAnswer } from './credentials.ts'
import { answerOfStatus } from './http/failure.ts'
import { budgetOf, checkBudget, HttpClient } from './http/http.ts'
import { parseJson } from './json.ts'
import { Duration, SecretReference } from './settings.ts'

/**
 * The tools passed to provider modules, the same that the built-in providers use. A module does not import anything from Pharos,
 * so it can be installed anywhere and works with every release of the same contract version.
 */
export const providerTools = {
  z,
  Duration,
  SecretReference,
  HttpClient,
  budgetOf,
  checkBudget,
  answerOfStatus,
  missing,
  excerpt,
  parseJson,
  readHeaderSecret,
  redactedAnswer,
} as const
