import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { listen } from '../support/listen.ts'

/** The program of a process of its own: a server that says a lot, so that what it takes is not counted with who asks. */

const mebibyte = 1024 * 1024
const limitBytes = mebibyte

function filled(start: string, part: (index: number) => string, end: string): Buffer {
  const parts = [start]
  let bytes = start.length + end.length
  for (let index = 0; ; index++) {
    const next = part(index)
    bytes += Buffer.byteLength(next)
    if (bytes > limitBytes) break
    parts.push(next)
  }
  return Buffer.from(parts.join('') + end)
}

const vector = '{"status":"success","data":{"resultType":"vector","result":['
const matrix = '{"status":"success","data":{"resultType":"matrix","result":['
const sample = '[1714523700,"1"]'
const comma = (index: number) => (index === 0 ? '' : ',')

/** Each as large as a reply may be. */
const bodies: Readonly<Record<string, { readonly status: number; readonly type: string; readonly body: Buffer }>> = {
  series: json(
    200,
    filled(vector, (at) => `${comma(at)}{"metric":{"a":"${at}"},"value":${sample}}`, ']}}'),
  ),
  values: json(
    200,
    filled(`${matrix}{"metric":{},"values":[`, (at) => `${comma(at)}[${1714523700 + at},"${Math.sqrt(at)}"]`, ']}]}}'),
  ),
  nested: json(200, Buffer.from('['.repeat(limitBytes / 2))),
  wide: json(
    200,
    filled('{"a":"', () => 'ü€', '"}'),
  ),
  warnings: json(
    200,
    filled('{"status":"success","warnings":["w"', () => ',"w"', `],"data":{"resultType":"scalar","result":${sample}}}`),
  ),
  error: json(
    400,
    filled('{"status":"error","errorType":"bad_data","error":"', () => 'error ', '"}'),
  ),
  page: { status: 200, type: 'text/html', body: filled('', () => '<p>', '') },
  failure: { status: 500, type: 'text/html', body: filled('', () => '< ', '') },
}

function json(status: number, body: Buffer) {
  return { status, type: 'application/json', body }
}

const bomb = gzipSync(Buffer.alloc(64 * mebibyte, ' '))
const chunk = Buffer.alloc(mebibyte, ' ')

function sendGigabyte(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  let sent = 0
  const pump = () => {
    while (sent < 1024 && !response.destroyed) {
      sent += 1
      if (!response.write(chunk)) return void response.once('drain', pump)
    }
    response.end()
  }
  pump()
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.on('error', () => undefined)
  const query = new URLSearchParams(await text(request)).get('query') ?? ''
  const found = bodies[query]
  if (found !== undefined) return void response.writeHead(found.status, { 'content-type': found.type }).end(found.body)
  if (query !== 'bomb') return sendGigabyte(response)
  response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(bomb)
}

const server = createServer((request, response) => void answer(request, response))
const { port } = await listen(server)
process.stdout.write(`${JSON.stringify({ port })}\n`)
