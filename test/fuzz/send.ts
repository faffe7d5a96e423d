import { Agent, request } from 'node:http'

/** A request as it goes over the network. */
export interface Sent {
  readonly method: string
  /** With its query, percent-encoded. */
  readonly path: string
  /** A list is a header that is sent several times. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body: Buffer | undefined
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Of a stream, nothing. */
  readonly text: string
}

const answerLimitMs = 10_000

/** Written by hand: fetch would tidy up path and headers. */
export function sender(url: string): { send(sent: Sent): Promise<Answer>; close(): void } {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  return {
    close: () => agent.destroy(),
    send: ({ method, path, headers, body }) =>
      new Promise((resolve, reject) => {
        const lists = Object.entries(headers).map(([name, value]) => [
          name,
          typeof value === 'string' ? value : [...value],
        ])
        const all = { ...Object.fromEntries(lists), ...(body && { 'content-length': String(body.length) }) }
        const sending = request(url, { method, path, headers: all, agent, timeout: answerLimitMs }, (reply) => {
          const told = { status: reply.statusCode ?? 0, headers: reply.headers }
          if (reply.headers['content-type']?.startsWith('text/event-stream') === true) {
            resolve({ ...told, text: '' })
            reply.destroy()
            return
          }
          let text = ''
          reply.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
          reply.on('end', () => resolve({ ...told, text }))
          reply.on('error', reject)
        })
        sending.on('timeout', () => sending.destroy(new Error(`no answer within ${answerLimitMs} ms`)))
        sending.on('error', reject)
        sending.end(body)
      }),
  }
}

/** Of a body that is longer, only the beginning is shown. */
const shownMax = 20_000

/** The same as a command for people. */
export function curlOf(url: string, { method, path, headers, body }: Sent): string {
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map((one) => `-H ${quoted(`${name}: ${one}`)}`),
  )
  // A text is easier to read; what is none is given as printf writes it.
  const isText = body !== undefined && Buffer.from(body.toString()).equals(body)
  const text = body === undefined || body.length <= shownMax ? body?.toString() : `${body.toString('utf8', 0, 100)}…`
  const data = text === undefined ? [] : ['--data-binary', isText ? quoted(text) : '@-']
  const input = body === undefined || isText ? '' : `printf ${quoted([...body].map(octal).join(''))} | `
  return `${input}curl -i -X ${method} --path-as-is ${quoted(`${url}${path}`)} ${[...lines, ...data].join(' ')}`
}

function octal(byte: number): string {
  return `\\${byte.toString(8).padStart(3, '0')}`
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
