import { execFile } from 'node:child_process'
import { access, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { startChild } from '../../demo/child.ts'
import { fetchDebianPackage } from '../../demo/debian.ts'
import { freePort } from '../../demo/port.ts'
import { startPrometheus } from '../../demo/prometheus.ts'
import { waitFor } from '../../demo/wait.ts'
import { realPrometheus } from './real-prometheus.ts'

/** OpenMetrics, 2024-05-01 from 00:00 to 01:00 UTC, a sample every 15 s. */
const samples = fileURLToPath(new URL('../providers/prometheus/data.om.gz', import.meta.url))
const toolsFolder = fileURLToPath(new URL('../../.pharos/tools', import.meta.url))

const run = promisify(execFile)

/** One query of the table needs more samples at once than this; Prometheus' own limit is 50 million. */
const samplesMax = 2_000

/** A real Prometheus with the samples in its blocks; answers with its URL. `limit` is of samples that one query may need at once. */
export async function backFilledPrometheus(
  folder: string,
  scope: AsyncDisposableStack,
  limit: number = samplesMax,
): Promise<string> {
  const found = await realPrometheus()
  await mkdir(join(folder, 'data'), { recursive: true })
  const text = join(folder, 'data.om')
  await writeFile(text, await samplesText())
  await run(await promtoolFor(found.binary), ['tsdb', 'create-blocks-from', 'openmetrics', text, join(folder, 'data')])
  const flags = ['--storage.tsdb.retention.time=100y', `--query.max-samples=${limit}`]
  const { url } = await startPrometheus({ binary: found.binary, folder, targets: [], flags, scope })
  return url
}

/** The one beside the program; else Debian's, whose blocks every later version reads: who builds a Prometheus may not build both. */
async function promtoolFor(binary: string): Promise<string> {
  const beside = join(dirname(binary), 'promtool')
  const debian = join(toolsFolder, 'prometheus', 'usr', 'bin', 'promtool')
  if (await isThere(beside)) return beside
  const { signal } = new AbortController()
  if (!(await isThere(debian)))
    await fetchDebianPackage('prometheus', { folder: toolsFolder, env: process.env, signal })
  return debian
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/** The samples, and those of the service once more by the names of OpenTelemetry: times in seconds, `job` after its namespace. */
async function samplesText(): Promise<string> {
  const text = gunzipSync(await readFile(samples)).toString('utf8')
  const ofRequests = /^http_requests_total\{job="[^"]*",status="(\d+)"\}(.*)$/gm
  const ofTimes = /^http_response_time_milliseconds_bucket\{job="[^"]*",le="([^"]*)"\}(.*)$/gm
  const family = 'http_server_request_duration_seconds'
  const job = 'job="sockshop/carts"'
  const counts = [...text.matchAll(ofRequests)].map(
    ([, status, sample]) => `${family}_count{${job},http_response_status_code="${status}"}${sample}`,
  )
  const buckets = [...text.matchAll(ofTimes)].map(
    ([, le = '', sample]) => `${family}_bucket{${job},le="${le === '+Inf' ? le : Number(le) / 1000}"}${sample}`,
  )
  return text.replace('# EOF', `${[...counts, ...buckets].join('\n')}\n# EOF`)
}

/** A real VictoriaMetrics with the same samples: Debian's package, which is fetched when it is not there yet. */
export async function backFilledVictoriaMetrics(folder: string, scope: AsyncDisposableStack): Promise<string> {
  const binary = join(toolsFolder, 'victoria-metrics', 'usr', 'bin', 'victoria-metrics')
  const { signal } = new AbortController()
  if (!(await isThere(binary)))
    await fetchDebianPackage('victoria-metrics', { folder: toolsFolder, env: process.env, signal })
  await mkdir(folder, { recursive: true })
  const url = `http://127.0.0.1:${await freePort()}`
  await startChild({
    name: 'VictoriaMetrics',
    command: binary,
    args: [
      `-storageDataPath=${join(folder, 'data')}`,
      `-httpListenAddr=${new URL(url).host}`,
      '-retentionPeriod=100y',
      '-memory.allowedBytes=128MB',
    ],
    cwd: folder,
    env: process.env,
    logFile: join(folder, 'victoria-metrics.log'),
    readyUrl: `${url}/health`,
    scope,
  })
  await importInto(url)
  return url
}

/** In Prometheus' text format, whose times are milliseconds. What is imported can be asked for a moment later. */
async function importInto(url: string): Promise<void> {
  const text = await samplesText()
  const inMilliseconds = text.replaceAll(/ (\d{10})$/gm, ' $1000')
  await fetch(`${url}/api/v1/import/prometheus`, { method: 'POST', body: inMilliseconds })
  await waitFor('the samples are there', 20_000, async () => {
    await fetch(`${url}/internal/force_flush`)
    const query = encodeURIComponent('sum(count_over_time({__name__!=""}[2h]))')
    const reply = await fetch(`${url}/api/v1/query?query=${query}&time=1714525200&nocache=1`)
    return (await reply.text()).includes(`"${samplesIn(text)}"`) ? true : undefined
  })
}

/** VictoriaMetrics keeps no NaN. */
function samplesIn(text: string): number {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#') && !line.includes(' NaN ')).length
}
