import { once } from 'node:events'
import { expect, test } from 'vitest'
import type { Multiplexer, MultiplexerClient } from '../../../../src/storage/engine/multiplexer.ts'
import { PgliteStream } from '../../../../src/storage/engine/pglite-stream.ts'

/** A stream that is read, on a multiplexer that writes down what it gets. */
function stream() {
  const sent: string[] = []
  const read: Buffer[] = []
  let client: MultiplexerClient | undefined
  const multiplexer: Multiplexer = {
    open: (opened) => {
      client = opened
      return {
        send: (batch) => void sent.push(Buffer.from(batch).toString('latin1')),
        close: () => void sent.push('closed'),
      }
    },
  }
  const subject = new PgliteStream(multiplexer)
  subject.on('data', (bytes: Buffer) => read.push(bytes))
  return { subject, sent, read: () => Buffer.concat(read).toString('latin1'), client: () => client }
}

function message(type: string, body: string): Buffer {
  const bytes = Buffer.from(body, 'latin1')
  const head = Buffer.alloc(type.length + 4)
  head.write(type)
  head.writeInt32BE(bytes.length + 4, type.length)
  return Buffer.concat([head, bytes])
}

/** A message without a type: a startup packet or a request in its place. */
function packet(code: number, body = ''): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(code)
  return message('', bytes.toString('latin1') + body)
}

const startup = packet(196_608, 'user\0postgres\0\0')
const terminate = message('X', '')

test('a batch goes out whole, at its Sync, however its bytes arrive', () => {
  const { subject, sent } = stream()
  const batch = Buffer.concat([message('P', 'parse'), message('B', 'bind'), message('E', 'execute'), message('S', '')])
  for (const byte of Buffer.concat([startup, batch])) subject.write(Buffer.from([byte]))
  expect(sent).toEqual([batch.toString('latin1')])
})

test('two batches in one write are two', () => {
  const { subject, sent } = stream()
  const [one, two] = [message('Q', 'select 1\0'), message('S', '')]
  subject.write(Buffer.concat([startup, one, two]))
  expect(sent).toEqual([one.toString('latin1'), two.toString('latin1')])
})

test('TLS and GSS are declined, then the client is let in', async () => {
  const { subject, read } = stream()
  subject.write(Buffer.concat([packet(80_877_103), packet(80_877_104), startup]))
  await expect.poll(read).toMatch(/^NNR/)
  expect(read().endsWith('Z\0\0\0\x05I')).toBe(true)
})

test('a request to cancel ends the connection', async () => {
  const { subject, sent } = stream()
  subject.write(packet(80_877_102, 'processid and key'))
  await once(subject, 'close')
  expect(sent).toEqual(['closed'])
})

test('Terminate and an end close it, and what was not complete is never sent', async () => {
  const { subject, sent } = stream()
  subject.write(Buffer.concat([startup, message('P', 'parse'), terminate]))
  subject.end()
  await once(subject, 'close')
  expect(sent).toEqual(['closed'])
})

test('an answer is read, a lost session is a reset connection', async () => {
  const { subject, read, client } = stream()
  client()?.answered(Buffer.from('answer'))
  await expect.poll(read).toBe('answer')
  client()?.lost(new Error('gone'))
  const [error]: unknown[] = await once(subject, 'error')
  expect(error).toMatchObject({ message: 'gone', code: 'ECONNRESET' })
})
