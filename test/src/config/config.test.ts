import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Config } from '../../../src/config/config.ts'
import { loadConfig } from '../../../src/config/load-config.ts'
import { StartError } from '../../../src/base/errors.ts'

let cwd = ''

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'pharos-config-'))
})

afterEach(() => rm(cwd, { recursive: true }))

async function load(yaml: string | undefined, env: Readonly<Record<string, string>> = {}): Promise<Config> {
  if (yaml !== undefined) await writeFile(join(cwd, 'pharos.yaml'), yaml)
  return loadConfig(env, { cwd })
}

async function refusal(yaml: string | undefined, env: Readonly<Record<string, string>> = {}): Promise<string> {
  try {
    await load(yaml, env)
  } catch (error) {
    if (error instanceof StartError) return error.message
    throw error
  }
  throw new Error('the configuration was accepted')
}

describe('defaults', () => {
  test('nothing set at all is a whole configuration', async () => {
    expect(await load(undefined)).toEqual({
      databaseUrl: undefined,
      dataFolder: join(cwd, '.pharos'),
      host: '127.0.0.1',
      port: 8080,
      logLevel: 'info',
      definitions: resolve(import.meta.dirname, '../../../slo/examples'),
      followLinks: false,
      providers: { prometheus: { kind: 'prometheus', url: 'http://127.0.0.1:9090' } },
      defaultProvider: 'prometheus',
      sinks: [],
      apiTokens: [],
      events: {
        source: 'pharos',
        maxBytes: 1_000_000,
        accept: 'both',
        testAgeMaxMs: 86_400_000,
        retentionMs: 2_592_000_000,
        signatures: [],
        unlisted: undefined,
      },
      placeholders: { environment: {} },
      publicUrl: undefined,
      http: { hosts: [], trustedProxies: [] },
      subscriptions: { allow: [], secretKey: undefined },
      limits: {
        measureTimeoutMs: 120_000,
        informationalTimeoutMs: 10_000,
        queueTimeoutMs: 600_000,
        concurrency: 1000,
        objectives: 1000,
        leaseMs: 15_000,
        pollMs: 1_000,
        deliveries: 8,
        deliveryTimeoutMs: 10_000,
        windowMaxMs: 366 * 86_400_000,
        queued: 1000,
        queuedBytes: 67_108_864,
      },
    })
  })

  test('definitions are a folder, or a folder and how it is read', async () => {
    const read = async (yaml: string) => {
      const { definitions, followLinks } = await load(yaml)
      return { definitions, followLinks }
    }
    expect(await read('definitions: .')).toEqual({ definitions: cwd, followLinks: false })
    expect(await read('definitions: {folder: .}')).toEqual({ definitions: cwd, followLinks: false })
    expect(await read('definitions: {folder: ., followLinks: true}')).toEqual({ definitions: cwd, followLinks: true })
  })

  test('objectives are as many as are allowed', async () => {
    expect((await load('limits: {objectives: 10000}')).limits.objectives).toBe(10_000)
  })

  for (const yaml of ['', '# nothing yet\n', 'events: {}\nlimits: {}\n']) {
    test(`the file ${JSON.stringify(yaml)} changes nothing`, async () => {
      expect(await load(yaml)).toEqual(await loadConfig({ PHAROS_CONFIG: '' }, { cwd }))
    })
  }

  test('is frozen through and through', async () => {
    const config = await load('providers: {p: {kind: prometheus, url: http://p}}')
    expect(Object.isFrozen(config)).toBe(true)
    expect(Object.isFrozen(config.providers['p'])).toBe(true)
    expect(Object.isFrozen(config.limits)).toBe(true)
  })
})

describe('what is set', () => {
  test('the environment', async () => {
    const config = await load(undefined, {
      DATABASE_URL: 'postgresql://pharos@db/pharos',
      PHAROS_DATA: 'data',
      HOST: 'localhost',
      PORT: '0',
      LOG_LEVEL: 'debug',
    })
    expect(config).toMatchObject({
      databaseUrl: 'postgresql://pharos@db/pharos',
      dataFolder: join(cwd, 'data'),
      host: 'localhost',
      port: 0,
      logLevel: 'debug',
    })
  })

  test('the file, with paths relative to itself and secrets resolved', async () => {
    await writeFile(join(cwd, 'token'), 'from-file-of-16-and-more\n')
    await writeFile(join(cwd, 'key'), `${'k'.repeat(32)}\n`)
    await writeFile(
      join(cwd, 'other.yaml'),
      `definitions: .
providers:
  prometheus: {kind: prometheus, url: https://prom.example, token: env:PROM_TOKEN}
  prom-prod: {kind: prometheus, url: https://prom.prod.example}
  graphite: {kind: graphite, module: pharos-provider-graphite}
  own: {kind: own, module: ./own.mjs}
defaultProvider: prom-prod
sinks:
  - {name: ci, url: https://ci.example/events, types: [evaluation.finished]}
  - {name: all, url: http://all.example, filter: {projects: [shop], results: [pass, warning]}}
subscriptions: {allow: [10.0.0.0/8, 'fd00::/8', ci.internal], secretKey: 'file:${join(cwd, 'key')}'}
apiTokens: ['env:PHAROS_TOKEN', {name: ci.example, token: 'file:${join(cwd, 'token')}'}]
events: {source: quality, maxTestAge: 1d12h, retention: 2w}
placeholders: {environment: [REGION]}
limits: {measureTimeout: 1m30s, queueTimeout: 5m, concurrency: 2, poll: 5s, window: 30d, queued: 20, queuedBytes: 2000000}
`,
    )
    const env = {
      PHAROS_CONFIG: join(cwd, 'other.yaml'),
      PHAROS_TOKEN: 'from-env-16-long',
      HOST: '0.0.0.0',
      REGION: 'eu',
    }
    expect(await loadConfig(env, { cwd: tmpdir() })).toMatchObject({
      host: '0.0.0.0',
      definitions: cwd,
      providers: {
        prometheus: { token: 'env:PROM_TOKEN' },
        'prom-prod': { kind: 'prometheus' },
        graphite: { module: 'pharos-provider-graphite' },
        own: { module: join(cwd, 'own.mjs') },
      },
      defaultProvider: 'prom-prod',
      subscriptions: { allow: ['10.0.0.0/8', 'fd00::/8', 'ci.internal'], secretKey: 'k'.repeat(32) },
      sinks: [
        { name: 'ci', url: 'https://ci.example/events', types: ['evaluation.finished'] },
        { name: 'all', url: 'http://all.example/', types: undefined },
      ],
      apiTokens: [
        { name: 'env:PHAROS_TOKEN', reference: 'env:PHAROS_TOKEN', token: 'from-env-16-long' },
        { name: 'ci.example', reference: `file:${join(cwd, 'token')}`, token: 'from-file-of-16-and-more' },
      ],
      events: { source: 'quality', testAgeMaxMs: 129_600_000, retentionMs: 1_209_600_000 },
      placeholders: { environment: { REGION: 'eu' } },
      limits: {
        measureTimeoutMs: 90_000,
        queueTimeoutMs: 300_000,
        concurrency: 2,
        leaseMs: 15_000,
        pollMs: 5_000,
        windowMaxMs: 720 * 3_600_000,
        queued: 20,
        queuedBytes: 2_000_000,
      },
    })
  })
})

describe('what is refused', () => {
  for (const { env, message } of [
    { env: { PORT: '80a' }, message: 'Pharos cannot start: PORT must be a whole number from 0 to 65535.' },
    { env: { PORT: '65536' }, message: 'Pharos cannot start: PORT must be a whole number from 0 to 65535.' },
    { env: { PORT: '-1' }, message: 'Pharos cannot start: PORT must be a whole number from 0 to 65535.' },
    { env: { LOG_LEVEL: 'loud' }, message: /LOG_LEVEL must be fatal or error or warn/ },
    {
      env: { HOST: '0.0.0.0' },
      message: /^Pharos cannot start: HOST is 0\.0\.0\.0, which others can reach: set apiTokens/,
    },
    { env: { HOST: '::' }, message: /HOST is ::, which others can reach/ },
    { env: { HOST: '127.example.com' }, message: /HOST is 127\.example\.com, which others can reach/ },
    {
      env: { PHAROS_CONFIG: 'no.yaml' },
      message: 'Pharos cannot start: the configuration file no.yaml does not exist.',
    },
    { env: { PHAROS_CONFIG: '.' }, message: 'Pharos cannot start: the configuration file . cannot be read: EISDIR.' },
  ]) {
    test(`the environment ${JSON.stringify(env)}`, async () => {
      expect(await refusal(undefined, env)).toMatch(message)
    })
  }

  test('a database URL of another kind, without repeating it', async () => {
    const message = await refusal(undefined, { DATABASE_URL: 'mysql://root:hunter2@db/pharos' })
    expect(message).toBe('Pharos cannot start: DATABASE_URL must begin with postgres:// or postgresql://.')
  })

  for (const { yaml, message } of [
    { yaml: 'provider: {}', message: '1:1: provider is not known here; known are definitions, providers,' },
    {
      yaml: 'limits: {leas: 5s}',
      message: '1:10: limits.leas is not known here; known are measureTimeout, informationalTimeout, queueTimeout,',
    },
    { yaml: 'limits: {lease: 5}', message: '1:17: limits.lease must be a duration from 3s to 10m, such as 15s' },
    {
      yaml: 'limits: {window: 59m}',
      message: '1:18: limits.window must be a duration from 1h to 3650d, such as 366d',
    },
    { yaml: 'limits: {queued: 0}', message: '1:18: limits.queued must be a whole number from 1 to 100000' },
    { yaml: 'limits: {queuedBytes: 5}', message: '1:23: limits.queuedBytes must be a whole number from 1048576 to' },
    { yaml: 'limits: {lease: 1s}', message: '1:17: limits.lease must be a duration from 3s to 10m' },
    { yaml: 'limits: {concurrency: 0}', message: '1:23: limits.concurrency must be a whole number from 1 to 10000' },
    { yaml: 'limits: {concurrency: 1.5}', message: '1:23: limits.concurrency must be a whole number from 1 to 10000' },
    { yaml: 'limits: {queueTimeout: 2h}', message: '1:24: limits.queueTimeout must be a duration from 1s to 1h' },
    { yaml: 'limits: [1]', message: '1:9: limits must be a mapping' },
    { yaml: 'limits:', message: '1:8: limits must be a mapping' },
    { yaml: 'just words', message: '1:1: the file must be a mapping' },
    { yaml: '- a', message: '1:1: the file must be a mapping' },
    { yaml: 'providers: {p: {url: http://p}}', message: '1:16: providers.p.kind is missing' },
    { yaml: 'providers: {p: http://p}', message: '1:16: providers.p must be a mapping with a kind' },
    { yaml: 'providers: {../p: {kind: p}}', message: '1:13: providers.../p: must be 1 to 128 letters' },
    {
      yaml: 'providers: {Computed: {kind: p}}',
      message: '1:13: providers.Computed: the names pushed and computed are reserved',
    },
    { yaml: 'providers: {p: {kind: p}, P: {kind: p}}', message: '1:13: providers.p: names must differ in more than' },
    {
      yaml: 'providers: {p: {kind: p}}\ndefaultProvider: q',
      message: '2:18: defaultProvider must be a configured provider: p',
    },
    { yaml: 'defaultProvider: prom', message: '1:18: defaultProvider must be a configured provider: prometheus' },
    { yaml: 'sinks: [{name: ci}]', message: '1:9: sinks.0.url is missing' },
    { yaml: 'sinks: [{name: ci, url: ci.example}]', message: '1:25: sinks.0.url must be an http or https URL' },
    {
      yaml: 'sinks: [{name: ci, url: "https://me:pw@ci"}]',
      message: '1:25: sinks.0.url must be an http or https URL without',
    },
    {
      yaml: 'sinks: [{name: a, url: http://a}, {name: A, url: http://b}]',
      message: '1:16: sinks.0.name must be the name of one sink',
    },
    {
      yaml: 'sinks: [{name: 01890a5d-ac96-774b-bcce-b302099a8057, url: http://a}]',
      message: '1:16: sinks.0.name must not be a UUID',
    },
    {
      yaml: 'sinks: [{name: a, url: http://a, types: []}]',
      message: '1:41: sinks.0.types must not be empty: leave it out for everything',
    },
    {
      yaml: 'sinks: [{name: a, url: http://a, filter: {results: [passed]}}]',
      message: '1:53: sinks.0.filter.results.0 must be pass or warning or fail',
    },
    {
      yaml: 'sinks: [{name: a, url: http://a, filter: {services: [A+B]}}]',
      message: 'a letter or a digit; for a service with another real name, services in project.yaml may be a map with',
    },
    {
      yaml: 'sinks: [{name: a, url: http://a, filter: {project: [shop]}}]',
      message: '1:43: sinks.0.filter.project is not known here; known are projects, stages, services, results',
    },
    {
      yaml: 'subscriptions: {allow: [10.0.0.0/33]}',
      message: '1:25: subscriptions.allow.0 must be a range of addresses, an address or a host name',
    },
    { yaml: 'subscriptions: {allow: ["10.1"]}', message: '1:25: subscriptions.allow.0 must be a range' },
    { yaml: 'subscriptions: {allow: ["*"]}', message: '1:25: subscriptions.allow.0 must be a range' },
    { yaml: 'subscriptions: {secretKey: hunter2}', message: '1:28: subscriptions.secretKey must name a secret' },
    {
      yaml: 'subscriptions: {secretKey: env:NO_SUCH_KEY}',
      message: 'subscriptions.secretKey: the secret env:NO_SUCH_KEY is not set',
    },
    {
      yaml: 'sinks: [{name: a, url: http://a, types: [finished]}]',
      message: '1:42: sinks.0.types.0 must be evaluation.started or',
    },
    { yaml: 'events: {accept: all}', message: '1:18: events.accept must be task or stage or both' },
    { yaml: 'events: {maxTestAge: 59s}', message: '1:22: events.maxTestAge must be a duration from 1m to 30d' },
    {
      yaml: 'events: {signatures: [{source: a, kind: hmac, secret: s3cret}]}',
      message: '1:55: events.signatures.0.secret must name a secret, not be one',
    },
    {
      yaml: 'events: {signatures: [{source: a, kind: md5, secret: env:A}]}',
      message: '1:41: events.signatures.0.kind must be hmac or standard-webhooks',
    },
    {
      yaml: 'events: {signatures: [{source: a, kind: hmac, secret: env:A, header: "a b"}]}',
      message: '1:70: events.signatures.0.header must be the name of a header',
    },
    {
      yaml: 'events: {signatures: [{source: a, kind: hmac, secret: env:A}, {source: a, kind: hmac, secret: env:B}]}',
      message: '1:22: events.signatures must name each source once',
    },
    {
      yaml: 'events: {signatures: [{source: gh, kind: hmac, secret: env:A}, {source: ./GH/, kind: hmac, secret: env:B}]}',
      message: '1:22: events.signatures must name each source once, and "./GH/" is another spelling of "gh"',
    },
    {
      yaml: `events: {signatures: [${Array.from({ length: 21 }, (_, i) => `{source: s${i}, kind: hmac, secret: env:A}`).join(', ')}]}`,
      message: '1:22: events.signatures must hold at most 20 sources',
    },
    { yaml: 'events: {unlisted: maybe}', message: '1:20: events.unlisted must be refuse or accept' },
    { yaml: 'nats: {}', message: '1:7: nats.servers is missing' },
    { yaml: 'nats: {servers: []}', message: '1:17: nats.servers must name at least one server' },
    ...['nats.example:4222', 'http://nats.example', 'nats://me:pw@nats.example'].map((url) => ({
      yaml: `nats: {servers: ["${url}"]}`,
      message: '1:18: nats.servers.0 must be a nats URL without user and password, such as nats://nats.example:4222',
    })),
    {
      yaml: 'nats: {servers: ["nats://n"], stream: a.b}',
      message: '1:39: nats.stream must be 1 to 64 letters, digits, _ or -',
    },
    {
      yaml: 'nats: {servers: ["nats://n"], createStream: maybe}',
      message: '1:45: nats.createStream must be true or false',
    },
    {
      yaml: 'nats: {servers: ["nats://n"], token: s3cret}',
      message: '1:38: nats.token must name a secret, not be one: env:NAME or file:/absolute/path',
    },
    { yaml: 'events: {source: ""}', message: '1:18: events.source must not be empty' },
    {
      yaml: 'placeholders: {environment: [NOT_SET]}',
      message: 'Pharos cannot start: placeholders.environment names NOT_SET, which is not set.',
    },
    {
      yaml: 'placeholders: {environment: [A-B]}',
      message: '1:30: placeholders.environment.0 must be the name of a variable',
    },
    {
      yaml: 'providers: {x: {kind: x, module: "data:text/javascript,1"}}',
      message:
        '1:34: providers.x.module must be a package, such as pharos-provider-x, or a file that begins with ./ or /',
    },
    {
      yaml: 'definitions: [.]',
      message: '1:14: definitions must be a folder, or a mapping with folder and followLinks',
    },
    { yaml: 'definitions: {followLinks: true}', message: '1:14: definitions.folder is missing' },
    {
      yaml: 'definitions: {folder: ., followLinks: yes}',
      message: '1:39: definitions.followLinks must be true or false',
    },
    { yaml: 'limits: {objectives: 10001}', message: '1:22: limits.objectives must be a whole number from 1 to 10000' },
    { yaml: 'definitions: ./nowhere', message: 'definitions: there is no folder ' },
    { yaml: 'a: 1\na: 2', message: '2:1: Map keys must be unique' },
    { yaml: 'a: [1', message: '1:6: Flow sequence in block collection must be' },
    { yaml: '['.repeat(100_000), message: 'pharos.yaml:1:' },
    { yaml: `# ${'x'.repeat(300_000)}`, message: '1:1: the text has 300002 characters, at most 262144 are read' },
  ]) {
    test(`pharos.yaml: ${yaml.slice(0, 70)}`, async () => {
      expect(await refusal(yaml)).toContain(message)
    })
  }

  test('a variable of queries may be empty, which counts as missing in them', async () => {
    await writeFile(join(cwd, 'pharos.yaml'), 'placeholders: {environment: [REGION]}\n')
    const { placeholders } = await loadConfig({ REGION: '' }, { cwd })
    expect(placeholders).toEqual({ environment: { REGION: '' } })
  })

  test('everything that is wrong is told at once, in the order of the file', async () => {
    const yaml = 'defaultProvider: none\nlimits: {concurrency: many}\nsinks: [{}]\nsource: me\n'
    expect(await refusal(yaml, { PORT: 'http' })).toBe(`Pharos cannot start:
  PORT must be a whole number from 0 to 65535
  pharos.yaml:1:18: defaultProvider must be a configured provider: prometheus
  pharos.yaml:2:23: limits.concurrency must be a whole number from 1 to 10000
  pharos.yaml:3:9: sinks.0.name is missing
  pharos.yaml:3:9: sinks.0.url is missing
  pharos.yaml:4:1: source is not known here; known are definitions, providers, defaultProvider, sinks, apiTokens, events, placeholders, subscriptions, nats, publicUrl, http, limits`)
  })

  test('an alias bomb ends quickly', async () => {
    const levels = Array.from({ length: 30 }, (_, level) => `l${level + 1}: &l${level + 1} [*l${level}, *l${level}]`)
    expect(await refusal(`l0: &l0 x\n${levels.join('\n')}\n`)).toContain('the file must be a mapping')
  })
})

describe('where others reach the service', () => {
  test('the variable counts before the file, and the slash at the end goes', async () => {
    const yaml = 'publicUrl: https://one.example/\nhttp: {hosts: [Pharos.Internal], trustedProxies: [10.0.0.0/8]}\n'
    expect(await load(yaml)).toMatchObject({
      publicUrl: 'https://one.example',
      http: { hosts: ['pharos.internal'], trustedProxies: ['10.0.0.0/8'] },
    })
    const variable = { PHAROS_PUBLIC_URL: 'https://two.example/ci/pharos/' }
    expect(await load(yaml, variable)).toMatchObject({ publicUrl: 'https://two.example/ci/pharos' })
  })

  for (const [written, url] of [
    [' https://one.example/x\n', 'https://one.example/x'],
    ['https:one.example/x/', 'https://one.example/x'],
    ['HTTPS://One.example:443', 'https://one.example'],
    ['https://one.example/a/../phäros', 'https://one.example/ph%C3%A4ros'],
    ['https://one.example/{x}', 'https://one.example/%7Bx%7D'],
  ] as const) {
    test(`${JSON.stringify(written)} is ${url}, so that links below it work`, async () => {
      expect(await load(`publicUrl: ${JSON.stringify(written)}`)).toMatchObject({ publicUrl: url })
    })
  }

  for (const url of [
    'https://a/v1',
    'https://a/v1/pharos',
    'https://a//pharos',
    'https://a/livez',
    'https://a/readyz/x',
  ]) {
    test(`${url} is refused for its path`, async () => {
      const sentence = 'publicUrl must have a path without empty parts that does not begin with /v1, /livez,'
      expect(await refusal(`publicUrl: ${url}`)).toContain(sentence)
    })
  }

  for (const url of ['pharos.example', 'ftp://a', 'http://u:p@a', 'http://a?b', 'http://a#b', 'http://a?']) {
    test(`${url} is refused`, async () => {
      expect(await refusal(`publicUrl: ${JSON.stringify(url)}`)).toContain('publicUrl must be an http or https URL')
      expect(await refusal('', { PHAROS_PUBLIC_URL: url })).toContain('PHAROS_PUBLIC_URL must be an http or https URL')
    })
  }

  for (const [setting, sentence] of [
    ['hosts: ["a:80"]', 'http.hosts.0 must be a host name without a port'],
    ['trustedProxies: [proxy]', 'http.trustedProxies.0 must be an address or a range of addresses'],
  ] as const) {
    test(`${setting} is refused`, async () => {
      expect(await refusal(`http: {${setting}}`)).toContain(sentence)
    })
  }
})

describe('tokens', () => {
  for (const { yaml, problem } of [
    { yaml: '[{name: ci}]', problem: 'pharos.yaml:1:13: apiTokens.0.token is missing' },
    { yaml: '[{token: env:A}]', problem: 'pharos.yaml:1:13: apiTokens.0.name is missing' },
    {
      yaml: '[{name: ci, token: hunter2}]',
      problem: 'pharos.yaml:1:31: apiTokens.0.token must name a secret, not be one: env:NAME or file:/absolute/path',
    },
    {
      yaml: '[{name: ci, token: env:A, role: x}]',
      problem: 'pharos.yaml:1:38: apiTokens.0.role is not known here; known are name, token',
    },
    ...['""', '"env:A"', 'a/b', 'a b', '-a', 'a'.repeat(65)].map((name) => ({
      yaml: `[{name: ${name}, token: env:A}]`,
      problem:
        'pharos.yaml:1:20: apiTokens.0.name must be 1 to 64 letters, digits and . _ @ -, and begin with a letter or a digit',
    })),
    {
      yaml: '[{name: ci, token: env:A}, env:B, {name: ci, token: env:C}]',
      problem: 'pharos.yaml:1:46: apiTokens.2 must have a name of its own: ci is already taken',
    },
    {
      yaml: '[env:A, env:A]',
      problem: 'pharos.yaml:1:20: apiTokens.1 must have a name of its own: env:A is already taken',
    },
    {
      yaml: '[null]',
      problem: 'pharos.yaml:1:13: apiTokens.0 must be a mapping',
    },
  ]) {
    test(`apiTokens: ${yaml} is refused at its place`, async () => {
      expect(await refusal(`apiTokens: ${yaml}`, { A: 'a'.repeat(16) })).toBe(`Pharos cannot start: ${problem}.`)
    })
  }

  test('one token under two names is refused, wherever the two are read from', async () => {
    const yaml = 'apiTokens: [{name: ci, token: env:A}, env:B]'
    expect(await refusal(yaml, { A: 'hunter2', B: ' hunter2 ' })).toBe(
      'Pharos cannot start: apiTokens: ci and env:B are the same token: give each name a token of its own.',
    )
  })

  test('one that is short is refused where others can reach the service, and not on loopback', async () => {
    const yaml = 'apiTokens: [env:A]'
    for (const HOST of ['0.0.0.0', '::', '192.0.2.1', 'pharos.example']) {
      for (const A of ['x', 'hunter2-hunter2']) {
        const message = await refusal(yaml, { HOST, A })
        expect(message).toMatch(/^Pharos cannot start: apiTokens: the secret env:A is shorter than the 16 characters/)
        expect(message).not.toContain('hunter2')
      }
      expect(await load(yaml, { HOST, A: 'hunter2-hunter22' })).toMatchObject({ host: HOST })
    }
    for (const HOST of ['127.0.0.1', 'localhost', '::1']) expect(await load(yaml, { HOST, A: 'x' })).toMatchObject({})
  })

  test('a literal secret is refused and not repeated', async () => {
    const message = await refusal('apiTokens: [hunter2]')
    expect(message).toBe(
      'Pharos cannot start: pharos.yaml:1:13: apiTokens.0 must name a secret, not be one: env:NAME or file:/absolute/path.',
    )
  })

  for (const { reference, problem } of [
    { reference: 'env:PHAROS_TOKEN', problem: 'the secret env:PHAROS_TOKEN is not set' },
    { reference: 'env:BLANK', problem: 'the secret env:BLANK is empty' },
    { reference: 'env:TWO_WORDS', problem: 'the secret env:TWO_WORDS contains blanks' },
    { reference: 'file:/no/such/file', problem: 'the secret file:/no/such/file cannot be read: ENOENT' },
  ]) {
    test(`${reference} that cannot be used is named by its reference only`, async () => {
      const message = await refusal(`apiTokens: ['${reference}']`, { BLANK: '  ', TWO_WORDS: 'hunter 2' })
      expect(message).toBe(`Pharos cannot start: apiTokens: ${problem}.`)
    })
  }
})

test('a secret that a source of events signs with is there at the start', async () => {
  const yaml = 'events: {signatures: [{source: forge, kind: hmac, secret: env:FORGE}]}'
  expect(await refusal(yaml)).toBe('Pharos cannot start: events.signatures of forge: the secret env:FORGE is not set.')
  expect((await load(yaml, { FORGE: 's3cret' })).events.signatures).toMatchObject([{ secret: 'env:FORGE' }])
})
