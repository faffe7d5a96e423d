import { onTestFinished } from 'vitest'
import { openProvider, type IndicatorReply, type ProviderInstance } from '../../../../providers/index.ts'
import {
  fakePlatformToken,
  startFakeGrail,
  type FakeGrail,
  type GrailOptions,
  type GrailReply,
  type GrailScript,
} from '../../../support/fake-grail.ts'

const window = { start: new Date('2023-08-23T11:00:00Z'), end: new Date('2023-08-23T14:00:00Z') }

export const client = { id: 'dt0s02.CLIENT', secret: 'dt0s02.CLIENT.SECRETSECRETSECRET' }

/** Runs until the test is over. */
export async function serveGrail(script: GrailScript, options: GrailOptions = {}): Promise<FakeGrail> {
  const server = await startFakeGrail(script, { client, ...options })
  onTestFinished(() => server.stop())
  return server
}

/** Open until the test is over; `platform` beside the URL. */
export function openGrail(
  url: string,
  platform: object = { token: 'env:DT_PLATFORM' },
  secret: (reference: string) => Promise<string> = () => Promise.resolve(fakePlatformToken),
): ProviderInstance {
  const settings = { kind: 'dynatrace', url: 'https://x', language: 'dql', platform: { url, ...platform } }
  const opened = openProvider('dynatrace', settings, secret, () => 0)
  if (opened.kind === 'invalid') throw new Error(JSON.stringify(opened.mistakes))
  onTestFinished(() => opened.instance.provider.close())
  return opened.instance
}

/** One that is asked as an OAuth client of the fake's own sign-on. */
export function openWithOAuth(server: FakeGrail, secret: string = client.secret): ProviderInstance {
  const oauth = { client: client.id, secret: 'env:DT_SECRET', url: server.signOnUrl }
  return openGrail(server.url, { oauth }, () => Promise.resolve(secret))
}

export interface Asked {
  readonly deadlineMs?: number
  readonly signal?: AbortSignal
  readonly options?: Readonly<Record<string, unknown>>
}

export const dql = 'timeseries v = avg(dt.host.cpu.usage, scalar: true)'

export function askGrail(
  { provider }: Pick<ProviderInstance, 'provider'>,
  queries: readonly string[] = [dql],
  { deadlineMs = 10_000, signal = new AbortController().signal, options }: Asked = {},
): Promise<readonly IndicatorReply[]> {
  return provider.measure({
    window,
    indicators: queries.map((query, index) => ({
      name: `indicator ${index}`,
      query,
      ...(options !== undefined && Object.keys(options).length > 0 && { options }),
    })),
    signal,
    deadline: new Date(Date.now() + deadlineMs),
  })
}

const json = { 'content-type': 'application/json' }

/** A query that has ended well. `types` by field. */
export function succeeded(
  records: readonly (object | null)[],
  types: Readonly<Record<string, object | string>> = {},
  metadata: object = {},
): GrailReply {
  const mappings = Object.fromEntries(
    Object.entries(types).map(([name, type]) => [name, typeof type === 'string' ? { type } : type]),
  )
  const result = { records, types: [{ indexRange: [0, Math.max(records.length - 1, 0)], mappings }], metadata }
  return { status: 200, headers: json, body: { state: 'SUCCEEDED', progress: 100, result } }
}

export function notified(severity: string, notificationType: string, message: string): object {
  return { grail: { notifications: [{ severity, notificationType, message }] } }
}

export function inState(state: string, status = 200): GrailReply {
  const running = state === 'RUNNING' || state === 'NOT_STARTED'
  return { status, headers: json, body: { state, ...(running && { requestToken: 'tok+/=&', ttlSeconds: 400 }) } }
}

export function refused(code: number, message: string, more: object = {}, details: object = {}): GrailReply {
  return { status: code, headers: json, body: { error: { code, message, ...more, details } } }
}
