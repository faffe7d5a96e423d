import { asyncProperty, check as checkProperty, pre } from 'fast-check'
import { schemaCheck, type ApiDocument } from '../support/openapi.ts'
import { drafts, leadsOutside, type Draft } from './drafts.ts'
import { createPool, perOperationMax, requestOf } from './requests.ts'
import { curlOf, sender, type Sent } from './send.ts'
import { valuesOf } from './values.ts'
import { judgeOf } from './verdict.ts'

export interface Target {
  /** Where the service listens. */
  readonly url: string
  /** Undefined: everybody may pass. */
  readonly token: string | undefined
  /** Where subscriptions may lead, on loopback. */
  readonly receiver: string
}

export interface Found {
  /** How often each status came. */
  readonly statuses: ReadonlyMap<string, number>
  /** How many requests were as the document says, were not, or cannot be known. */
  readonly validities: ReadonlyMap<string, number>
  readonly requests: number
  /** The simplest request that was found to be answered wrongly, and how; undefined when there is none. */
  readonly failure: { readonly complaint: string; readonly curl: string; readonly path: string } | undefined
}

const requestsPerCleaning = 100

/** Sends `requests` requests made of the service's own document; the same seed makes the same ones. */
export async function fuzz(target: Target, { seed, requests }: { seed: number; requests: number }): Promise<Found> {
  const client = sender(target.url)
  const headers = target.token === undefined ? {} : { authorization: `Bearer ${target.token}` }
  const ask = (method: string, path: string) => client.send({ method, path, headers, body: undefined })
  const document: ApiDocument = JSON.parse((await ask('GET', '/openapi.json')).text)
  const check = schemaCheck(document)
  const judge = judgeOf(document, check)
  const pool = createPool()
  const statuses = new Map<string, number>()
  const validities = new Map<string, number>()
  let count = 0
  let last: { readonly sent: Sent; readonly complaint: string } | undefined

  async function complaintOf(draft: Draft): Promise<void> {
    pre(!leadsOutside(draft.body?.value))
    if (count % requestsPerCleaning === 0) await renewSubscriptions()
    count += 1
    const { sent, validity, path } = requestOf(draft, pool.linked(draft), check, target.token)
    const answer = await client.send(sent).catch((error: unknown) => {
      throw failed(sent, `no answer: ${String(error)}`)
    })
    const operation = judge.operationOf(sent)?.operationId ?? 'no operation'
    add(statuses, `${operation} ${answer.status}`)
    add(validities, validity)
    const complaint = judge.verdict(sent, answer, { validity, leadsTo: draft.flaw?.leadsTo })
    if (complaint !== undefined) throw failed(sent, `${draft.flaw?.name ?? validity}: ${complaint}`)
    if (draft.flaw === undefined) pool.follow(draft.operation, path, answer)
  }

  /** There is always one, and never many: each is told of every evaluation. */
  async function renewSubscriptions(): Promise<void> {
    await removeSubscriptions(perOperationMax)
    const operation = document.paths['/v1/subscriptions']?.['post']
    if (operation === undefined) return
    const body = Buffer.from(JSON.stringify({ url: target.receiver }))
    const sent = {
      method: 'POST',
      path: '/v1/subscriptions',
      body,
      headers: { ...headers, 'content-type': 'application/json' },
    }
    pool.follow(operation, {}, await client.send(sent))
  }

  async function removeSubscriptions(kept: number): Promise<void> {
    const { items }: { items: { id: string }[] } = JSON.parse((await ask('GET', '/v1/subscriptions')).text)
    for (const { id } of items.slice(0, Math.max(items.length - kept, 0)))
      await ask('DELETE', `/v1/subscriptions/${id}`)
  }

  function failed(sent: Sent, complaint: string): Error {
    last = { sent, complaint }
    return new Error(complaint)
  }

  try {
    const valid = valuesOf(document, check, target.receiver)
    const property = asyncProperty(drafts(document, valid, target.token !== undefined), complaintOf)
    const run = await checkProperty(property, { seed, numRuns: requests })
    if (run.failed && last === undefined) throw run.errorInstance ?? new Error('the run ended without a reason')
    const failure = run.failed &&
      last !== undefined && {
        complaint: last.complaint,
        curl: curlOf(target.url, last.sent),
        path: run.counterexamplePath ?? '',
      }
    return { statuses, validities, requests: count, failure: failure || undefined }
  } finally {
    await removeSubscriptions(0)
    client.close()
  }
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}
