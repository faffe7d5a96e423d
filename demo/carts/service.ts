import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as after } from 'node:timers/promises'
import { Counter, Histogram, Registry, linearBuckets } from 'prom-client'
import { urlOf } from '../port.ts'
import type { CartsVersion } from './versions.ts'

/** A running `carts`: `POST /carts/{id}/items` and `GET /metrics`. */
export interface Carts {
  readonly version: string
  readonly url: string
  close(): Promise<void>
}

/** Serves one version of the sample service on a free loopback port. `random` decides how long and how well it works. */
export async function startCarts(behaviour: CartsVersion, random: () => number): Promise<Carts> {
  const metrics = createMetrics(behaviour.version)
  const stopping = new AbortController()
  const server = createServer((request, response) => {
    if (request.url === '/metrics') void sendMetrics(metrics.registry, response)
    else if (request.method === 'POST' && request.url?.startsWith('/carts/')) void addItem(request, response)
    else response.writeHead(404).end()
  })

  async function addItem(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const stopTimer = metrics.duration.startTimer()
    const { min, max } = behaviour.workMs
    const workMs = min + random() * (max - min)
    const status = random() < behaviour.errorFraction ? 500 : 201
    request.resume()
    await after(workMs, undefined, { signal: stopping.signal }).catch(() => undefined)
    response.writeHead(status).end()
    metrics.requests.inc({ status: String(status) })
    stopTimer()
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    version: behaviour.version,
    url: urlOf(server),
    async close() {
      stopping.abort()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function createMetrics(version: string) {
  const registry = new Registry()
  registry.setDefaultLabels({ service: 'carts', version })
  const requests = new Counter({
    name: 'http_requests_total',
    help: 'Requests answered, by status.',
    labelNames: ['status'],
    registers: [registry],
  })
  // A series that begins with its first error hides that error from rate().
  for (const status of ['201', '500']) requests.inc({ status }, 0)
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'From the request to the end of its answer.',
    buckets: [...linearBuckets(0.025, 0.025, 24), 0.8, 1, 2.5],
    registers: [registry],
  })
  return { registry, requests, duration }
}

async function sendMetrics(registry: Registry, response: ServerResponse): Promise<void> {
  const text = await registry.metrics()
  response.writeHead(200, { 'content-type': registry.contentType }).end(text)
}
