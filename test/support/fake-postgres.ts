import { createServer, type Socket } from 'node:net'
import { listen } from './listen.ts'

/** What it says to a client that connects: an error with a SQLSTATE, or that it is of a version, 140022 for 14.22. */
export type FakeAnswer = { readonly state: string; readonly message: string } | { readonly version: number }

export interface FakePostgres {
  readonly port: number
  /** How many clients have connected. */
  readonly connections: () => number
  stop(): Promise<void>
}

/** Speaks just enough of the protocol for a server of another version, or one that lets nobody in. */
export async function startFakePostgres(answers: readonly FakeAnswer[], port = 0): Promise<FakePostgres> {
  let connections = 0
  const server = createServer((socket) => {
    const answer = answers[Math.min(connections, answers.length - 1)] ?? { version: 0 }
    connections += 1
    serve(socket, answer)
  })
  const address = await listen(server, port)
  return {
    port: address.port,
    connections: () => connections,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

function serve(socket: Socket, answer: FakeAnswer): void {
  socket.on('error', () => {})
  socket.once('data', () => {
    if ('state' in answer) {
      socket.end(message('E', `SFATAL\0VFATAL\0C${answer.state}\0M${answer.message}\0\0`))
      return
    }
    socket.write(Buffer.concat([message('R', '\0\0\0\0'), message('Z', 'I')]))
    socket.on('data', (request) => {
      if (request.at(0) === 'Q'.charCodeAt(0)) socket.write(oneRow('version', String(answer.version)))
    })
  })
}

/** A row of one integer, as text. */
function oneRow(name: string, value: string): Buffer {
  const integer = '\0\0\0\0\0\0\0\0\0\x17\0\x04\xff\xff\xff\xff\0\0'
  return Buffer.concat([
    message('T', `\0\x01${name}\0${integer}`),
    message('D', `\0\x01\0\0\0${String.fromCharCode(value.length)}${value}`),
    message('C', 'SELECT 1\0'),
    message('Z', 'I'),
  ])
}

function message(type: string, body: string): Buffer {
  const bytes = Buffer.from(body, 'latin1')
  const head = Buffer.alloc(5)
  head.write(type)
  head.writeInt32BE(bytes.length + 4, 1)
  return Buffer.concat([head, bytes])
}
