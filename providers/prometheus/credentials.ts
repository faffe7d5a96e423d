import { X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import type { Tls } from '../http/agents.ts'
import { readHeaderSecret } from '../credentials.ts'
import type { ProviderContext } from '../provider.ts'
import type { PrometheusConfig } from './config.ts'

/** The credentials to send, and the secrets that must not appear in messages. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>
  readonly tls: Tls
  readonly secrets: readonly string[]
}

interface Header {
  readonly name: string
  readonly value: string
  readonly secrets: readonly string[]
}

/** An Error is the outcome of every indicator that was to be queried. */
export async function readCredentials(
  config: PrometheusConfig,
  context: ProviderContext,
): Promise<Credentials | Error> {
  const [authorization, tls, ...named] = await Promise.all([
    readAuthorization(config, context),
    readTls(config.tls, context),
    ...Object.entries(config.headers).map(([name, reference]) => readNamed(name, reference, context)),
  ])
  if (tls instanceof Error) return tls
  const headers: Header[] = []
  for (const header of [...named, authorization]) {
    if (header instanceof Error) return header
    if (header !== undefined) headers.push(header)
  }
  const tenant = config.orgId === undefined ? {} : { 'x-scope-orgid': config.orgId }
  return {
    headers: { ...tenant, ...Object.fromEntries(headers.map(({ name, value }) => [name, value])) },
    tls,
    secrets: headers.flatMap(({ secrets }) => secrets),
  }
}

/** Where the credentials come from, for messages; undefined if there are none. */
export function credentialsName({ token, user, password, headers, tls }: PrometheusConfig): string | undefined {
  if (token !== undefined) return `token ${token}`
  if (user !== undefined) return `user and password ${password}`
  const references = Object.entries(headers).map(([name, reference]) => `header ${name} ${reference}`)
  if (tls?.cert !== undefined) references.push(`tls.cert ${tls.cert}`)
  return references.length === 0 ? undefined : references.join(', ')
}

async function readAuthorization(
  { token, user, password }: PrometheusConfig,
  context: ProviderContext,
): Promise<Header | Error | undefined> {
  if (token !== undefined) {
    const secret = await readHeaderSecret(token, context)
    if (secret instanceof Error) return secret
    return { name: 'authorization', value: `Bearer ${secret}`, secrets: [secret] }
  }
  if (user === undefined || password === undefined) return undefined
  const secret = await readText(password, context)
  if (secret instanceof Error) return secret
  return basicHeader(`Basic ${Buffer.from(`${user}:${secret}`, 'utf8').toString('base64')}`)
}

function basicHeader(value: string): Header {
  const encoded = value.slice('Basic '.length)
  const password = Buffer.from(encoded, 'base64')
    .toString('utf8')
    .replace(/^[^:]*:/, '')
  return { name: 'authorization', value, secrets: [encoded, password] }
}

async function readNamed(name: string, reference: string, context: ProviderContext): Promise<Header | Error> {
  const secret = await readHeaderSecret(reference, context)
  return secret instanceof Error ? secret : { name: name.toLowerCase(), value: secret, secrets: [secret] }
}

async function readTls(references: PrometheusConfig['tls'], context: ProviderContext): Promise<Tls | Error> {
  const tls: { ca?: string; cert?: string; key?: string } = {}
  for (const part of ['ca', 'cert', 'key'] as const) {
    const reference = references?.[part]
    if (reference === undefined) continue
    const text = await readText(reference, context)
    if (text instanceof Error) return text
    tls[part] = text
  }
  try {
    // createSecureContext ignores an invalid `ca`, which would later look like an untrusted server.
    if (tls.ca !== undefined) void new X509Certificate(tls.ca)
    createSecureContext(tls)
    return tls
  } catch (error) {
    // OpenSSL's message does not quote the files.
    if (error instanceof Error) return new Error(`tls: the certificates or the key cannot be used: ${error.message}`)
    throw error
  }
}

async function readText(reference: string, context: ProviderContext): Promise<string | Error> {
  try {
    return (await context.secret(reference)).trim()
  } catch (error) {
    if (error instanceof Error) return error
    throw error
  }
}
