import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { StartError } from '../../../src/base/errors.ts'
import { loadConfig, loadProviderSettings } from '../../../src/config/load-config.ts'
import { mistakesOfProvider } from '../../../src/measuring/instances.ts'

let cwd = ''

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'pharos-provider-settings-'))
})

afterEach(() => rm(cwd, { recursive: true }))

async function refusal(yaml: string, load: (env: {}, options: Parameters<typeof loadConfig>[1]) => Promise<unknown>) {
  await writeFile(join(cwd, 'pharos.yaml'), yaml)
  const message = await load({}, { cwd, mistakesOfProvider }).then(
    () => 'accepted',
    (error: unknown) => error,
  )
  return message instanceof StartError ? message.message : message
}

const kind = `export const contractVersion = 1
export const providerKind = ({ z }) => ({
  kind: 'own',
  config: z.strictObject({ depth: z.number({ error: 'must be a number' }) }),
  settleMs: 0,
  escape: () => undefined,
  create: () => { throw new Error('settings are only read') },
})
`

for (const load of [loadConfig, loadProviderSettings]) {
  test(`${load.name}: mistakes of providers have a place, among those of the whole file and in its order`, async () => {
    await writeFile(join(cwd, 'own.mjs'), kind)
    const yaml = `limts: {}
providers:
  prom: {kind: prometheus, uri: http://prom, token: hunter2}
  dt:
    kind: dynatrace
    url: https://abc12345.live.dynatrace.com
    platform:
      tokn: env:X
  graphite: {kind: graphite}
  absent: {kind: x, module: ./absent.mjs}
  own: {kind: own, module: ./own.mjs, depth: deep}
  sound: {kind: own, module: ./own.mjs, depth: 3}
defaultProvider: none
`
    const message = await refusal(yaml, load)
    expect(String(message).split('\n')).toEqual([
      'Pharos cannot start:',
      expect.stringMatching(/^  pharos\.yaml:1:1: limts is not known here; /),
      '  pharos.yaml:3:9: providers.prom.url: must be a URL, such as http://prometheus:9090',
      '  pharos.yaml:3:33: providers.prom.uri: unknown setting',
      '  pharos.yaml:3:53: providers.prom.token: must be a reference such as env:NAME or file:/path, never the secret itself',
      '  pharos.yaml:8:7: providers.dt.platform: needs either token or oauth',
      '  pharos.yaml:8:13: providers.dt.platform.tokn: unknown setting',
      '  pharos.yaml:9:20: providers.graphite.kind: unknown kind "graphite": use prometheus, dynatrace',
      expect.stringMatching(/^  pharos\.yaml:10:29: providers\.absent\.module: .*absent\.mjs cannot be loaded: /),
      '  pharos.yaml:11:46: providers.own.depth: must be a number',
      expect.stringMatching(/^  pharos\.yaml:13:18: defaultProvider must be a configured provider: /),
    ])
    expect(message).not.toContain('hunter2')
  })
}

test('a single mistake is one sentence with its place', async () => {
  expect(await refusal('providers: {p: {kind: prometheus, url: prom}}\ndefaultProvider: p\n', loadConfig)).toBe(
    'Pharos cannot start: pharos.yaml:1:40: providers.p.url: must be a URL that begins with http:// or https://.',
  )
})

test('a provider of ours needs no module', async () => {
  const yaml = 'providers: {p: {kind: prometheus, module: ./own.mjs, url: http://p}}\ndefaultProvider: p\n'
  expect(await refusal(yaml, loadConfig)).toBe(
    'Pharos cannot start: pharos.yaml:1:23: providers.p.kind: prometheus is built in: remove module.',
  )
})
