import { z } from 'zod'
import type { Answer } from '../answer.ts'
import { timesOf, type Answered, type Call, type Window } from './call.ts'
import type { Conversation } from './client.ts'
import { malformed } from './failure.ts'

const endpoints = {
  problems: { api: { name: 'Problems API v2', scope: 'problems.read' }, path: '/api/v2/problems' },
  security_problems: {
    api: { name: 'Security problems API', scope: 'securityProblems.read' },
    path: '/api/v2/securityProblems',
  },
}

const Problems = z.object({ totalCount: z.int().nonnegative() })

/** The number of problems, taken from the first page. */
export async function measureProblems(
  kind: keyof typeof endpoints,
  selectors: Readonly<Record<string, string>>,
  window: Window,
  conversation: Conversation,
): Promise<Answered> {
  const call: Call = { ...endpoints[kind], parameters: { ...selectors, ...timesOf(window) } }
  const replied = await conversation.ask(call)
  return { call, answer: replied.kind === 'refused' ? replied.answer : answerOf(replied.body) }
}

function answerOf(body: unknown): Answer {
  const problems = Problems.safeParse(body)
  if (!problems.success) return malformed(body)
  return { outcome: 'measured', value: problems.data.totalCount, warnings: [] }
}
