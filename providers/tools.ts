import { z } from 'zod'
import { excerpt, missing } from './answer.ts'
import { readHeaderSecret, redactedAnswer } from './credentials.ts'
import { answerOfStatus } from './http/failure.ts'
import { budgetOf, checkBudget, HttpClient } from './http/http.ts'
import { parseJson } from './json.ts'
import { Duration, SecretReference } from './settings.ts'

/**
 * What a module of somebody else is handed: the instruments that our own providers are made of. It imports nothing of Pharos,
 * so that it is installed anywhere and works with every release of the same contract version.
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
