import type { ApiToken } from '../access/tokens.ts'
import type { EventFilter } from '../base/event-filter.ts'
import type { NatsSettings } from '../net/nats-connection.ts'

/** Everything that can be set, checked, with every default filled in; frozen. Paths are absolute. */
export interface Config {
  /** Undefined: the embedded database in `dataFolder`. */
  readonly databaseUrl: string | undefined
  readonly dataFolder: string
  readonly host: string
  /** 0: a free one. */
  readonly port: number
  readonly logLevel: (typeof logLevels)[number]
  /** The root of the projects' folders. */
  readonly definitions: string
  /** Whether links may lead out of it. */
  readonly followLinks: boolean
  readonly providers: Readonly<Record<string, ProviderSettings>>
  readonly defaultProvider: string
  readonly sinks: readonly SinkConfig[]
  /** Each with a name and a secret of its own; none: everybody may call. */
  readonly apiTokens: readonly ApiToken[]
  readonly subscriptions: {
    /** Addresses, ranges and host names that they may lead to though they are not public. */
    readonly allow: readonly string[]
    /** What keys are derived from, the secret itself: not for logs. Undefined: nobody can subscribe. */
    readonly secretKey: string | undefined
  }
  readonly events: {
    readonly source: string
    /** No event is longer. */
    readonly maxBytes: number
    /** Which forms of `evaluation.triggered` are taken. */
    readonly accept: 'task' | 'stage' | 'both'
    /** How long a test may be over that a triggering event tells of. */
    readonly testAgeMaxMs: number
    /** How long an event is kept after its fact, unless somebody waits for it. */
    readonly retentionMs: number
    /** What becomes of events whose source is not in `signatures`; undefined: not said. */
    readonly unlisted: 'refuse' | 'accept' | undefined
    /** By the source of events; every secret is a reference, read for each event. */
    readonly signatures: readonly {
      readonly source: string
      readonly kind: 'hmac' | 'standard-webhooks'
      readonly secret: string
      readonly header: string
    }[]
  }
  /** What queries may see of the environment, by name: not for secrets. */
  readonly placeholders: { readonly environment: Readonly<Record<string, string>> }
  /** Undefined: events go to the sinks only. */
  readonly nats: NatsSettings | undefined
  /** Where others reach this service, without a slash at its end; undefined: not known. */
  readonly publicUrl: string | undefined
  readonly http: {
    /** Host names that this service is called by, in lower case, beside loopback and that of `publicUrl`. */
    readonly hosts: readonly string[]
    /** Addresses and ranges of the proxies whose `X-Forwarded-For` is believed. */
    readonly trustedProxies: readonly string[]
  }
  readonly limits: Limits
}

/** Of one instance; everything but `kind` and `module` is unchecked. */
export interface ProviderSettings {
  readonly kind: string
  /** A package's name or an absolute path; undefined for a kind of ours. */
  readonly module?: string | undefined
  readonly [setting: string]: unknown
}

/** What is wrong with one instance's settings; `path` is dotted, from the settings on, and empty for them as a whole. */
export type MistakesOfProvider = (
  settings: ProviderSettings,
) => Promise<readonly { readonly path: string; readonly message: string }[]>

interface SinkConfig extends EventFilter {
  readonly name: string
  readonly url: string
}

export interface Limits {
  readonly measureTimeoutMs: number
  readonly informationalTimeoutMs: number
  readonly queueTimeoutMs: number
  readonly concurrency: number
  /** Of one SLO. */
  readonly objectives: number
  readonly leaseMs: number
  readonly pollMs: number
  readonly deliveries: number
  readonly deliveryTimeoutMs: number
  /** No evaluation's window is longer. */
  readonly windowMaxMs: number
  /** Evaluations of one project that may be queued. */
  readonly queued: number
  /** Of their SLO texts and plans together; while there are as many, no other is queued. */
  readonly queuedBytes: number
}

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
