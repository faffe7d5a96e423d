import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { startChild, type Child } from './child.ts'
import { freePort } from './port.ts'
import { waitFor } from './wait.ts'

const pauseLimitMs = 10_000
/** Whoever does not answer a healthy check within this is paused. */
const pausedAskMs = 300

/** A Prometheus of our own, on one port and one data folder for as long as it lives. */
export interface Prometheus {
  readonly url: string
  stop(): Promise<void>
  /** After `stop`: again on the same port and the same data. */
  start(): Promise<void>
  /** It keeps its port and answers nobody until `resume`. Resolves once that is so. */
  pause(): Promise<void>
  resume(): void
}

export interface PrometheusSetup {
  readonly binary: string
  /** Made if need be; holds configuration, data and log. */
  readonly folder: string
  /** Base URLs whose `/metrics` is scraped every second. */
  readonly targets: readonly string[]
  /** Beside its own. */
  readonly flags?: readonly string[]
  /** Ends it. */
  readonly scope: AsyncDisposableStack
}

/** Starts Prometheus on a free loopback port and waits until it is ready. */
export async function startPrometheus({
  binary,
  folder,
  targets,
  flags = [],
  scope,
}: PrometheusSetup): Promise<Prometheus> {
  await mkdir(folder, { recursive: true })
  const configFile = join(folder, 'prometheus.yml')
  await writeFile(configFile, scrapeConfig(targets))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const args = [
    `--config.file=${configFile}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    ...flags,
  ]
  const start = (): Promise<Child> =>
    startChild({
      name: 'Prometheus',
      command: binary,
      args,
      cwd: folder,
      env: process.env,
      logFile: join(folder, 'prometheus.log'),
      readyUrl: `${url}/-/ready`,
      scope,
    })
  let child = await start()
  return {
    url,
    stop: () => child.stop(),
    async start() {
      child = await start()
    },
    async pause() {
      child.signal('SIGSTOP')
      // A thread that runs stops a moment later, and may answer once more.
      await waitFor('Prometheus is paused', pauseLimitMs, async () => ((await answers(url)) ? undefined : true))
    },
    resume: () => child.signal('SIGCONT'),
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const reply = await fetch(`${url}/-/healthy`, { signal: AbortSignal.timeout(pausedAskMs) })
    return reply.ok
  } catch {
    return false
  }
}

/** JSON is YAML, and nothing in it needs quoting by hand. */
function scrapeConfig(targets: readonly string[]): string {
  const hosts = targets.map((target) => new URL(target).host)
  return JSON.stringify({
    global: { scrape_interval: '1s', scrape_timeout: '1s' },
    scrape_configs: [{ job_name: 'carts', static_configs: [{ targets: hosts }] }],
  })
}

const TargetsReply = z.object({ data: z.object({ activeTargets: z.array(z.object({ health: z.string() })) }) })

/** How many of its targets a Prometheus could reach at its last scrape. */
export async function targetsUp(url: string): Promise<number> {
  const reply = await fetch(`${url}/api/v1/targets?state=active`)
  const { data } = TargetsReply.parse(await reply.json())
  return data.activeTargets.filter(({ health }) => health === 'up').length
}
