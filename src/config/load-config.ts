import { readFile, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { isLoopback } from '../net/address-range.ts'
import { configFileSchema, type ConfigFile } from './pharos-yaml.ts'
import { logLevels, type Config, type Limits, type MistakesOfProvider, type ProviderSettings } from './config.ts'
import { StartError, type Mistake } from '../base/errors.ts'
import { checkSignatureSecrets, resolveSigningSecret, resolveTokens } from './startup-secrets.ts'
import type { Environment } from '../base/secrets.ts'
import { PublicUrl } from './public-url.ts'
import { oneOf } from '../base/setting-kinds.ts'
import { readSettingsAsync } from '../base/yaml-settings.ts'

const examples = fileURLToPath(new URL('../../slo/examples', import.meta.url))

interface LoadOptions {
  readonly cwd: string
  /** Without it, the settings that a provider checks itself are left for `openProviders`. */
  readonly mistakesOfProvider?: MistakesOfProvider
}

/**
 * Reads environment and `pharos.yaml`, the only place that does. Throws StartError with everything that is wrong, never with
 * a secret in it.
 */
export async function loadConfig(env: Environment, options: LoadOptions): Promise<Config> {
  const { cwd } = options
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const variables = Variables.safeParse(given)
  const problems = variables.error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`) ?? []
  const file = await readConfigFile(given, options)
  if (file.kind === 'invalid') problems.push(...file.problems)
  if (variables.data === undefined || file.kind === 'invalid') throw cannotStart(problems)

  const { DATABASE_URL, PHAROS_DATA, HOST, PORT, LOG_LEVEL, PHAROS_PUBLIC_URL } = variables.data
  const { sinks, limits, events, nats, placeholders, providers, apiTokens: tokens, ...settings } = file.value
  const apiTokens = await resolveTokens(tokens, { env, isLocal: isLoopback(HOST) }, problems)
  await checkSignatureSecrets(events.signatures, env, problems)
  const secretKey = await resolveSigningSecret(settings.subscriptions.secretKey, given, problems)
  const environment = visibleVariables(placeholders.environment, env, problems)
  const { definitions, followLinks } = definitionsOf(settings.definitions, file.folder)
  if (!(await isFolder(definitions))) problems.push(`definitions: there is no folder ${definitions}`)
  if (!isLoopback(HOST) && tokens.length === 0) {
    problems.push(`HOST is ${HOST}, which others can reach: set apiTokens in pharos.yaml, or use 127.0.0.1`)
  }
  if (problems.length > 0) throw cannotStart(problems)
  return frozen({
    ...settings,
    databaseUrl: DATABASE_URL,
    dataFolder: resolve(cwd, PHAROS_DATA),
    host: HOST,
    port: PORT,
    logLevel: LOG_LEVEL,
    definitions,
    followLinks,
    providers: withAbsolutePaths(providers, file.folder),
    apiTokens,
    nats: nats && { ...nats, token: nats.token },
    sinks: sinks.map(({ name, url, types, filter }) => ({ name, url, types, ...filter })),
    subscriptions: { allow: settings.subscriptions.allow, secretKey },
    events: eventsOf(events),
    placeholders: { environment },
    publicUrl: PHAROS_PUBLIC_URL ?? settings.publicUrl,
    limits: limitsOf(limits),
  })
}

/**
 * The settings of `pharos.yaml` for definitions, providers and the variables that queries may use, without any secret; the defaults
 * if there is no such file. Throws StartError with all mistakes in it.
 */
export async function loadProviderSettings(env: Environment, options: LoadOptions) {
  const file = await readConfigFile(env, options)
  if (file.kind === 'invalid') throw cannotStart(file.problems)
  const { isAbsent, folder } = file
  const { providers, defaultProvider, placeholders, limits, ...settings } = file.value
  const { environment } = placeholders
  return {
    isAbsent,
    ...definitionsOf(settings.definitions, folder),
    objectivesMax: limits.objectives,
    providers: withAbsolutePaths(providers, folder),
    defaultProvider,
    environment,
  }
}

function definitionsOf(given: ConfigFile['definitions'], folder: string): Pick<Config, 'definitions' | 'followLinks'> {
  if (given === undefined) return { definitions: examples, followLinks: false }
  return { definitions: resolve(folder, given.folder), followLinks: given.followLinks }
}

const portError = 'must be a whole number from 0 to 65535'

const Variables = z.object({
  DATABASE_URL: z
    .string()
    .regex(/^postgres(?:ql)?:\/\//, 'must begin with postgres:// or postgresql://')
    .optional(),
  PHAROS_DATA: z.string().default('.pharos'),
  HOST: z.string().default('127.0.0.1'),
  PORT: z
    .string()
    .regex(/^\d{1,5}$/, portError)
    .transform(Number)
    .refine((port) => port <= 65_535, portError)
    .default(8080),
  LOG_LEVEL: oneOf(logLevels).default('info'),
  PHAROS_PUBLIC_URL: PublicUrl.optional(),
})

type ConfigFileRead =
  | { readonly kind: 'valid'; readonly value: ConfigFile; readonly folder: string; readonly isAbsent: boolean }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] }

/** `PHAROS_CONFIG` must exist when it is set; `pharos.yaml` is read if it is there. */
async function readConfigFile(
  env: Environment,
  { cwd, mistakesOfProvider = async () => [] }: LoadOptions,
): Promise<ConfigFileRead> {
  const name = env['PHAROS_CONFIG'] ?? 'pharos.yaml'
  const path = resolve(cwd, name)
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => error)
  if (text instanceof Error && !(text.code === 'ENOENT' && env['PHAROS_CONFIG'] === undefined)) {
    const problem = text.code === 'ENOENT' ? 'does not exist' : `cannot be read: ${text.code}`
    return { kind: 'invalid', problems: [`the configuration file ${name} ${problem}`] }
  }
  const isAbsent = text instanceof Error
  const folder = dirname(path)
  const ofProvider: MistakesOfProvider = (provider) => mistakesOfProvider(withAbsolutePath(provider, folder))
  const settings = await readSettingsAsync(isAbsent ? '' : text, (unchecked) => configFileSchema(unchecked, ofProvider))
  if (settings.kind === 'valid') return { kind: 'valid', value: settings.value, folder, isAbsent }
  return { kind: 'invalid', problems: settings.mistakes.map((mistake) => describe(mistake, name)) }
}

function describe({ line, column, message }: Mistake, file: string): string {
  return `${file}:${line}:${column}: ${message}`
}

function withAbsolutePaths(providers: ConfigFile['providers'], folder: string): Config['providers'] {
  const entries = Object.entries(providers).map(([name, settings]) => [name, withAbsolutePath(settings, folder)])
  return Object.fromEntries(entries)
}

/** A module that is a file is named as the definitions are: from where `pharos.yaml` is. */
function withAbsolutePath(settings: ProviderSettings, folder: string): ProviderSettings {
  const { module } = settings
  if (module === undefined || !/^[./]/.test(module)) return settings
  return { ...settings, module: resolve(folder, module) }
}

function visibleVariables(
  names: readonly string[],
  env: Environment,
  problems: string[],
): Readonly<Record<string, string>> {
  const missing = names.filter((name) => env[name] === undefined)
  problems.push(...missing.map((name) => `placeholders.environment names ${name}, which is not set`))
  return Object.fromEntries(names.map((name) => [name, env[name] ?? '']))
}

async function isFolder(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined)
  return stats?.isDirectory() ?? false
}

function eventsOf({ maxTestAge, retention, ...events }: ConfigFile['events']): Config['events'] {
  return { ...events, unlisted: events.unlisted, testAgeMaxMs: maxTestAge, retentionMs: retention }
}

function limitsOf(limits: ConfigFile['limits']): Limits {
  return {
    measureTimeoutMs: limits.measureTimeout,
    informationalTimeoutMs: limits.informationalTimeout,
    queueTimeoutMs: limits.queueTimeout,
    concurrency: limits.concurrency,
    objectives: limits.objectives,
    leaseMs: limits.lease,
    pollMs: limits.poll,
    deliveries: limits.deliveries,
    deliveryTimeoutMs: limits.deliveryTimeout,
    windowMaxMs: limits.window,
    queued: limits.queued,
    queuedBytes: limits.queuedBytes,
  }
}

function cannotStart(problems: readonly string[]): StartError {
  const [only] = problems
  if (problems.length === 1) return new StartError(`Pharos cannot start: ${only}.`)
  return new StartError(`Pharos cannot start:\n${problems.map((problem) => `  ${problem}`).join('\n')}`)
}

function frozen<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const part of Object.values(value)) frozen(part)
  return Object.freeze(value)
}
