import { createServer } from 'node:http'
import { listen } from './listen.ts'

/** Something to scrape, whose metrics are for the test to say. */
export interface Metrics {
  readonly url: string
  /** In Prometheus's text format, without the last line end. Read anew for each scrape. */
  lines: readonly string[]
}

/** Serves `/metrics` on a free loopback port until `scope` ends. */
export async function startMetrics(lines: readonly string[], scope: AsyncDisposableStack): Promise<Metrics> {
  const metrics = { url: '', lines }
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(`${metrics.lines.join('\n')}\n`)
  })
  const { port } = await listen(server)
  metrics.url = `http://127.0.0.1:${port}`
  scope.defer(async () => {
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
  })
  return metrics
}
