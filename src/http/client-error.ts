import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { PharosError, type ErrorCode } from '../base/errors.ts'
import { toProblem } from './problem.ts'

/** What the HTTP parser refuses before there is a request, by its code; everything else is a bad request. */
const refused: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 'the request did not arrive in time'],
  HPE_HEADER_OVERFLOW: ['headers_too_large', 'the headers are larger than 16 KiB'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['body_too_large', 'the chunk extensions of the body are too large'],
}

/** Answers CONNECT, which Node hands over without a response: we open no tunnels. */
export function refuseTunnel(socket: Socket, mayBeRefused: boolean): void {
  // What listened to the connection has let go of it.
  socket.on('error', () => {}).once('finish', () => socket.destroy())
  answerClientError(new Error('CONNECT is not supported'), socket, mayBeRefused)
}

/**
 * Answers invalid HTTP with a problem document, like all other errors, and ends the connection; with `mayBeRefused` false, which is when
 * the document would become part of another answer, or when nobody reads, it only ends it.
 */
export function answerClientError(
  error: Error & { readonly code?: string },
  socket: Socket,
  mayBeRefused: boolean,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable || socket.writableLength > 0 || !mayBeRefused) {
    socket.destroy()
    return
  }
  const [code, message] = refused[error.code ?? ''] ?? ['bad_request', `not a valid HTTP request: ${error.message}`]
  const problem = toProblem(new PharosError(code, message), '')
  const body = JSON.stringify(problem)
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
