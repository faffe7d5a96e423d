import { z } from 'zod'
import { results } from '../../slo/index.ts'
import { isRange } from '../net/address-range.ts'
import { ApiTokenSettings } from './api-token-settings.ts'
import type { MistakesOfProvider } from './config.ts'
import { eventTypes } from '../base/event-filter.ts'
import { SecretReference } from '../base/secrets.ts'
import { Name, ServiceName } from '../base/names.ts'
import { duration, exactly, oneOf, Text } from '../base/setting-kinds.ts'
import { PublicUrl } from './public-url.ts'
import { Signatures } from './signature-settings.ts'
import { WebhookUrl } from '../net/webhook-url.ts'

/** What `pharos.yaml` says, defaults filled in. */
export type ConfigFile = z.output<ReturnType<typeof configFileSchema>>

/** Answer for values that no configured provider has measured; no instance can have their names. */
const reservedProviders = ['pushed', 'computed']

const defaultProviders = { prometheus: { kind: 'prometheus', url: 'http://127.0.0.1:9090' } }

/**
 * The grammar of `pharos.yaml`. `unchecked` is the file's own value: names in one part are checked against another. What is a
 * provider's own to check is left to `mistakesOfProvider`, for which parsing has to wait.
 */
export function configFileSchema(unchecked: unknown, mistakesOfProvider: MistakesOfProvider) {
  const names = namesIn(unchecked)
  const checked = Provider.superRefine(async (settings, context) => {
    for (const { path, message } of await mistakesOfProvider(settings)) {
      const at = path === '' ? [] : path.split('.')
      context.addIssue({ code: 'custom', path: at, message, params: { isSentence: true } })
    }
  })
  return exactly({
    definitions: definitionsIn(unchecked).optional(),
    providers: z
      .record(providerName(names.providers), checked, { error: 'must map the names of providers to their settings' })
      .default(defaultProviders),
    defaultProvider: oneOfProviders(names.providers).default('prometheus'),
    sinks: z.array(sink(names.sinks), { error: 'must be a list' }).default([]),
    apiTokens: ApiTokenSettings.default([]),
    events: exactly({
      source: Text.default('pharos'),
      maxBytes: wholeNumber(1_000_000, 200_000, 8_000_000),
      /** Keptn's control plane sends a trigger of a sequence and one of its task. */
      accept: oneOf(['task', 'stage', 'both']).default('both'),
      /** How long a test may be over that a triggering event tells of. */
      maxTestAge: duration(60_000, 30 * 24 * 3_600_000, '24h').prefault('24h'),
      /** How long what was announced is kept. */
      retention: duration(3_600_000, 87_600 * 3_600_000, '30d').prefault('30d'),
      signatures: Signatures.default([]),
      /** Events of sources without a signature here; must be said once there is one. */
      unlisted: oneOf(['refuse', 'accept']).optional(),
    }).prefault({}),
    placeholders: exactly({
      environment: z.array(VariableName, { error: 'must be a list of names' }).default([]),
    }).prefault({}),
    subscriptions: exactly({
      /** Where a subscription may lead though it is not public. */
      allow: z.array(Allowed, { error: 'must be a list' }).default([]),
      secretKey: SecretReference.optional(),
    }).prefault({}),
    nats: Nats.optional(),
    publicUrl: PublicUrl.optional(),
    http: exactly({
      /** Names that this service is called by, beside loopback and `publicUrl`. */
      hosts: z.array(HostName, { error: 'must be a list' }).default([]),
      /** Whose `X-Forwarded-For` is believed. */
      trustedProxies: z.array(AddressRange, { error: 'must be a list' }).default([]),
    }).prefault({}),
    limits: Limits.prefault({}),
  })
}

/** A folder by its name alone, or with how it is read; `unchecked` decides which. */
function definitionsIn(unchecked: unknown): z.ZodType<{ readonly folder: string; readonly followLinks: boolean }> {
  const { definitions } = z.looseObject({}).catch({}).parse(unchecked)
  if (typeof definitions === 'string') return Text.transform((folder) => ({ folder, followLinks: false }))
  if (typeof definitions === 'object' && definitions !== null && !Array.isArray(definitions)) return Definitions
  return z.custom<never>(() => false, 'must be a folder, or a mapping with folder and followLinks')
}

const Definitions = exactly({
  folder: Text,
  followLinks: z.boolean({ error: 'must be true or false' }).default(false),
})

const Allowed = z
  .string({ error: 'must be a string' })
  .refine(
    (text) => isRange(text) || /^(?=.*[a-z])[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(text),
    'must be a range of addresses, an address or a host name, such as 10.0.0.0/8 or ci.internal',
  )

const HostName = z
  .string({ error: 'must be a string' })
  .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i, 'must be a host name without a port, such as pharos.internal')
  .transform((name) => name.toLowerCase())

const AddressRange = z
  .string({ error: 'must be a string' })
  .refine(isRange, 'must be an address or a range of addresses, such as 10.0.0.0/8')

/** Of a variable that queries may see as `$ENV.<name>`. */
const VariableName = z
  .string({ error: 'must be the name of a variable' })
  .regex(/^[A-Za-z_]\w*$/, 'must be the name of a variable: letters, digits and _')

/** Of a kind that is not ours: a package by its name, or a file. */
const Module = z
  .string({ error: 'must be a string' })
  .regex(
    /^(\.{0,2}\/.+|(@[\w.-]+\/)?\w[\w.-]*)$/,
    'must be a package, such as pharos-provider-x, or a file that begins with ./ or /',
  )

/** Everything but `kind` and `module` is the provider's own to check. */
const Provider = z.looseObject({ kind: Text, module: Module.optional() }, { error: 'must be a mapping with a kind' })

const Limits = exactly({
  /** What one evaluation asks of one provider, from its first slot there on. */
  measureTimeout: duration(1000, 3_600_000, '120s').prefault('120s'),
  /** Indicators that cannot change the result. */
  informationalTimeout: duration(10, 3_600_000, '10s').prefault('10s'),
  /** Waiting for that slot. */
  queueTimeout: duration(1000, 3_600_000, '10m').prefault('10m'),
  /** Evaluations that one process has in its memory at once. */
  concurrency: count(1000, 10_000),
  /** Of one SLO, in a file or in a request. */
  objectives: count(1000, 10_000),
  /** How long an evaluation stays with a process that is gone. */
  lease: duration(3000, 600_000, '15s').prefault('15s'),
  /** How often a process looks for work that nobody told it of. */
  poll: duration(100, 60_000, '1s').prefault('1s'),
  /** Events under way to sinks at once. */
  deliveries: count(8, 1000),
  /** One try to deliver an event. */
  deliveryTimeout: duration(100, 600_000, '10s').prefault('10s'),
  /** The longest window of an evaluation. */
  window: duration(3_600_000, 87_600 * 3_600_000, '366d').prefault('366d'),
  /** Evaluations that a project, or a token where there are several, may have waiting. */
  queued: count(1000, 100_000),
  /** Of their SLO texts and plans. */
  queuedBytes: wholeNumber(67_108_864, 1_048_576, 10_737_418_240),
})

const natsUrl = z
  .string({ error: 'must be a string' })
  .refine(isNatsUrl, 'must be a nats URL without user and password, such as nats://nats.example:4222')

const Nats = exactly({
  servers: z.array(natsUrl, { error: 'must be a list' }).min(1, 'must name at least one server'),
  stream: natsName('keptn'),
  createStream: z.boolean({ error: 'must be true or false' }).default(false),
  triggers: z.boolean({ error: 'must be true or false' }).default(true),
  durable: natsName('pharos'),
  token: SecretReference.optional(),
})

/** Of a stream or a durable. */
function natsName(absent: string) {
  return z
    .string({ error: 'must be a string' })
    .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, _ or -')
    .default(absent)
}

function sink(names: readonly string[]) {
  return exactly({
    name: Name.refine(onceAmong(names), 'must be the name of one sink only').refine(
      (name) => !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(name),
      'must not be a UUID: subscriptions have those',
    ),
    url: WebhookUrl,
    types: listOf(oneOf(eventTypes)),
    filter: exactly({
      projects: listOf(Name),
      stages: listOf(Name),
      services: listOf(ServiceName),
      results: listOf(oneOf(results)),
    }).optional(),
  })
}

/** One that is empty would want nothing, which nobody can mean. */
function listOf<Item extends z.ZodType>(item: Item) {
  return z.array(item, { error: 'must be a list' }).min(1, 'must not be empty: leave it out for everything').optional()
}

/** Objectives name providers in whatever case, so two names must differ in more than that. */
function providerName(names: readonly string[]) {
  return Name.refine((name) => !reservedProviders.includes(name.toLowerCase()), {
    error: `the names ${reservedProviders.join(' and ')} are reserved`,
  }).refine(onceAmong(names), 'names must differ in more than upper and lower case')
}

function oneOfProviders(names: readonly string[]) {
  return z.string({ error: 'must be a string' }).refine((name) => names.includes(name), {
    error: `must be a configured provider: ${names.join(' or ') || 'there is none'}`,
  })
}

function count(absent: number, max: number) {
  return wholeNumber(absent, 1, max)
}

function wholeNumber(absent: number, min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`
  return z.int({ error }).min(min, error).max(max, error).default(absent)
}

function isNatsUrl(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && url.protocol === 'nats:' && url.hostname !== '' && url.username === '' && url.password === ''
}

/** Ignores case; `names` are counted once, for all calls of the answer. */
function onceAmong(names: readonly string[]): (name: string) => boolean {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name.toLowerCase(), (counts.get(name.toLowerCase()) ?? 0) + 1)
  return (name) => (counts.get(name.toLowerCase()) ?? 0) < 2
}

/** The names a file gives, as far as it can be understood. */
function namesIn(unchecked: unknown): { readonly providers: readonly string[]; readonly sinks: readonly string[] } {
  const Providers = z.object({ providers: z.record(z.string(), z.unknown()) })
  const Sinks = z.object({ sinks: z.array(z.object({ name: z.string() }).catch({ name: '' })) })
  const providers = Providers.safeParse(unchecked).data?.providers ?? defaultProviders
  const sinks = Sinks.safeParse(unchecked).data?.sinks ?? []
  return { providers: Object.keys(providers), sinks: sinks.map(({ name }) => name) }
}
