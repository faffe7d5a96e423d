import { fileURLToPath } from 'node:url'
import { findPrometheus, type FoundPrometheus } from '../../demo/find-prometheus.ts'
import { startPrometheus, targetsUp, type Prometheus } from '../../demo/prometheus.ts'
import { waitFor } from '../../demo/wait.ts'

/** A first `npm test` on a machine without Prometheus fetches Debian's package. */
export const realPrometheusMs = 240_000

const toolsFolder = fileURLToPath(new URL('../../.pharos/tools', import.meta.url))

/** The real Prometheus of this machine. Throws the advice of what to install where none can be had. */
export async function realPrometheus(): Promise<Extract<FoundPrometheus, { readonly kind: 'found' }>> {
  const { signal } = new AbortController()
  const found = await findPrometheus({ env: process.env, folder: toolsFolder, signal })
  if (found.kind === 'absent') throw new Error(found.advice)
  return found
}

/** Whether its queries are those of Prometheus 3. One that does not know its version is of 3: what we pinned as 2 does. */
export function isOfThree(version: string | undefined): boolean {
  return !/^[012]\./.test(version ?? '')
}

/**
 * A real Prometheus that has scraped every target. Throws the advice of what to install where none can be had: a test that
 * needs it fails and is not skipped.
 */
export async function startRealPrometheus(
  folder: string,
  targets: readonly string[],
  scope: AsyncDisposableStack,
): Promise<Prometheus> {
  const { binary } = await realPrometheus()
  const prometheus = await startPrometheus({ binary, folder, targets, scope })
  await waitFor('Prometheus scrapes its targets', 20_000, async () =>
    (await targetsUp(prometheus.url)) === targets.length ? true : undefined,
  )
  return prometheus
}
