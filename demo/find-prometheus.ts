import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { fetchDebianPackage, type FetchOptions } from './debian.ts'

const run = promisify(execFile)

export type FoundPrometheus =
  | {
      readonly kind: 'found'
      readonly binary: string
      /** Undefined if the program does not know its own. */
      readonly version: string | undefined
      readonly origin: string
    }
  /** `advice` is a sentence for a person: what to install. */
  | { readonly kind: 'absent'; readonly advice: string }

export interface FindOptions extends FetchOptions {
  /** Told in a sentence when it takes a while. */
  readonly onFetch?: (sentence: string) => void
}

const versionLimitMs = 10_000

const advice =
  'There is no Prometheus here and none could be fetched: install one ("apt-get install prometheus", "brew install ' +
  'prometheus") or name its program in PROMETHEUS_BIN.'

/**
 * The Prometheus to use: `PROMETHEUS_BIN`, else the one on `PATH`, else Debian's package unpacked below `folder`, which is
 * fetched when it is not there yet. Throws an Error when `PROMETHEUS_BIN` names something else.
 */
export async function findPrometheus(options: FindOptions): Promise<FoundPrometheus> {
  const { env, folder } = options
  const named = env['PROMETHEUS_BIN']
  if (named !== undefined && named !== '') {
    const found = await tried(named, 'PROMETHEUS_BIN')
    if (found === undefined) throw new Error(`PROMETHEUS_BIN is ${named}, which is no Prometheus`)
    return found
  }
  for (const place of (env['PATH'] ?? '').split(delimiter).filter((entry) => entry !== '')) {
    const found = await tried(join(place, 'prometheus'), 'PATH')
    if (found !== undefined) return found
  }
  const unpacked = join(folder, 'prometheus', 'usr', 'bin', 'prometheus')
  const origin = "Debian's package, unpacked and not installed"
  return (await tried(unpacked, origin)) ?? (await fetched(unpacked, origin, options))
}

async function fetched(binary: string, origin: string, options: FindOptions): Promise<FoundPrometheus> {
  options.onFetch?.(`No Prometheus on PATH: fetching Debian's package into ${options.folder} (nothing is installed).`)
  try {
    await fetchDebianPackage('prometheus', options)
  } catch (error) {
    if (options.signal.aborted) throw error
    // Without apt-get, without a network, without room on the disk: the advice is the same.
    return { kind: 'absent', advice }
  }
  return (await tried(binary, origin)) ?? { kind: 'absent', advice }
}

/** Undefined unless the file runs and calls itself Prometheus. */
async function tried(binary: string, origin: string): Promise<FoundPrometheus | undefined> {
  try {
    const { stdout, stderr } = await run(binary, ['--version'], { timeout: versionLimitMs })
    const said = /^prometheus, version ([^\s(]*)/m.exec(stdout + stderr)?.[1]
    if (said === undefined) return undefined
    const version = said === '' ? await moduleVersion(binary) : said
    return { kind: 'found', binary, version, origin }
  } catch {
    return undefined
  }
}

/**
 * What `go install` wrote into the program, which says no version itself: Prometheus 3.16.2 is version v0.316.2 of its module, and
 * 2.53.0 is v0.53.0.
 */
async function moduleVersion(binary: string): Promise<string | undefined> {
  const bytes = await readFile(binary)
  const mark = 'mod\tgithub.com/prometheus/prometheus\tv'
  const at = bytes.indexOf(mark)
  if (at < 0) return undefined
  const text = bytes.toString('latin1', at + mark.length, at + mark.length + 40)
  const [, minor, patch] = /^0\.(\d+)\.(\d+)/.exec(text) ?? []
  if (minor === undefined || patch === undefined) return undefined
  const number = Number(minor)
  return number >= 300 ? `3.${number - 300}.${patch}` : `2.${number}.${patch}`
}
