import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { pino } from 'pino'
import { stringify } from 'yaml'
import { compose, type Service } from '../../src/compose.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { startReceiver } from '../support/receiver.ts'
import { files, guardedSettings, secretKey, settings } from './definitions.ts'
import { fuzz, type Found } from './run.ts'

/**
 * `npm run fuzz`: requests made of the service's own `/openapi.json`, valid ones and others, half of them without tokens and half with
 * one, a signing source and a prefix; every answer must be one that the document has. `-- --requests N --seed N --quick`. Exit code 1 with a curl command if one is not.
 */
const { values } = parseArgs({
  options: {
    requests: { type: 'string' },
    seed: { type: 'string' },
    quick: { type: 'boolean', default: false },
  },
})
const requests = numberOf('requests') ?? (values.quick ? 1_000 : 20_000)
const seed = numberOf('seed') ?? Date.now() % 1_000_000_000
const token = 'a-token-that-is-long-enough'
const folder = await mkdtemp(join(tmpdir(), 'pharos-fuzz-'))
console.log(`${requests} requests, seed ${seed}: repeat with npm run fuzz -- --requests ${requests} --seed ${seed}`)
try {
  for (const { name, of, sent, own } of [
    { name: 'without tokens', of: settings, sent: undefined, own: seed },
    { name: 'with tokens', of: guardedSettings, sent: token, own: seed + 1 },
  ]) {
    const receiver = await startReceiver()
    const service = await start(join(folder, name.replace(' ', '-')), of)
    const startedAt = performance.now()
    try {
      const target = { url: service.url, token: sent, receiver: receiver.url }
      report(name, await fuzz(target, { seed: own, requests: Math.ceil(requests / 2) }), performance.now() - startedAt)
    } finally {
      await service.stop()
      await receiver.stop()
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function start(into: string, of: object): Promise<Service> {
  const definitions = join(into, 'definitions')
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(definitions, path)), { recursive: true })
    await writeFile(join(definitions, path), text)
  }
  await writeFile(join(into, 'pharos.yaml'), stringify({ definitions, ...of }))
  const env = {
    PORT: '0',
    PHAROS_DATA: join(into, 'data'),
    PHAROS_CONFIG: join(into, 'pharos.yaml'),
    PHAROS_SECRET_KEY: secretKey,
    TOKEN: token,
  }
  // A defect is told with its stack; what callers do wrong is not.
  const log = pino({ level: 'error' }, pino.destination({ fd: 2, sync: true }))
  return compose(await loadConfig(env, { cwd: into }), { log, secret: async () => token, env: {} })
}

function report(name: string, { requests: sent, statuses, validities, failure }: Found, tookMs: number): void {
  const counts = [...validities].map(([validity, count]) => `${count} ${validity}`).join(', ')
  console.log(`${name}: ${sent} requests in ${(tookMs / 1_000).toFixed(1)} s (${counts})`)
  const lines = [...statuses].toSorted(([one], [other]) => one.localeCompare(other))
  console.log(lines.map(([status, count]) => `  ${status}: ${count}`).join('\n'))
  if (failure === undefined) return
  console.log(`\nfound: ${failure.complaint}\n  ${failure.curl}\n`)
  process.exitCode = 1
}

function numberOf(option: 'requests' | 'seed'): number | undefined {
  const text = values[option]
  if (text === undefined) return undefined
  if (!/^\d{1,9}$/.test(text)) throw new Error(`--${option} must be a whole number, not ${JSON.stringify(text)}`)
  return Number(text)
}
