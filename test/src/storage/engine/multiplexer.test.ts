import { expect, test } from 'vitest'
import { createMultiplexer, type MultiplexerChannel } from '../../../../src/storage/engine/multiplexer.ts'

const idle = 'Z\0\0\0\x05I'
const inTransaction = 'Z\0\0\0\x05T'
const rollback = 'Q\0\0\0\x0drollback\0'

/** A session that writes down what it is asked, and answers a batch when `answer` is called. */
function session() {
  const asked: string[] = []
  const heard: string[] = []
  let open: PromiseWithResolvers<Uint8Array> | undefined
  const multiplexer = createMultiplexer((batch) => {
    asked.push(Buffer.from(batch).toString('latin1'))
    open = Promise.withResolvers()
    return open.promise
  })
  return {
    asked,
    heard,
    open: (name: string): MultiplexerChannel =>
      multiplexer.open({
        answered: () => void heard.push(name),
        lost: (error) => void heard.push(`${name}: ${error.message}`),
      }),
    answer: async (status: string): Promise<void> => {
      open?.resolve(Buffer.from(status, 'latin1'))
      await settled()
    },
    fail: async (message: string): Promise<void> => {
      open?.reject(new Error(message))
      await settled()
    },
  }
}

/** Lets everything that is only a promise away happen. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function send(channel: MultiplexerChannel, batch: string): void {
  channel.send(Buffer.from(batch, 'latin1'))
}

test('one batch at a time, in the order they came', async () => {
  const { open, asked, heard, answer } = session()
  const [a, b] = [open('a'), open('b')]
  send(a, 'a1')
  send(b, 'b1')
  send(a, 'a2')
  expect(asked).toEqual(['a1'])
  await answer(idle)
  await answer(idle)
  await answer(idle)
  expect(asked).toEqual(['a1', 'b1', 'a2'])
  expect(heard).toEqual(['a', 'b', 'a'])
})

test('whoever has a transaction open goes first until it ends', async () => {
  const { open, asked, answer } = session()
  const [a, b] = [open('a'), open('b')]
  send(a, 'begin')
  send(b, 'b1')
  await answer(inTransaction)
  expect(asked).toEqual(['begin'])
  send(a, 'commit')
  await answer(idle)
  expect(asked).toEqual(['begin', 'commit', 'b1'])
})

test('an answer without an end keeps the session', async () => {
  const { open, asked, answer } = session()
  const [a, b] = [open('a'), open('b')]
  send(a, 'a1')
  send(b, 'b1')
  await answer('G')
  expect(asked).toEqual(['a1'])
})

test('what a client that is gone left open is rolled back, and what it had asked is dropped', async () => {
  const { open, asked, heard, answer } = session()
  const [a, b] = [open('a'), open('b')]
  send(a, 'begin')
  await answer(inTransaction)
  send(b, 'b1')
  a.close()
  send(a, 'too late')
  await answer(idle)
  expect(asked).toEqual(['begin', rollback, 'b1'])
  await answer(idle)
  expect(heard).toEqual(['a', 'b'])
})

test('a client that is gone while its batch runs is rolled back after it', async () => {
  const { open, asked, heard, answer } = session()
  const [a, b] = [open('a'), open('b')]
  send(a, 'begin')
  send(a, 'a2')
  send(b, 'b1')
  a.close()
  await answer(inTransaction)
  expect(asked).toEqual(['begin', rollback])
  await answer(idle)
  expect(asked).toEqual(['begin', rollback, 'b1'])
  expect(heard).toEqual([])
})

test('a session that is lost is told to everybody once, and whoever comes after has a new one', async () => {
  const { open, asked, heard, answer, fail } = session()
  const [a, b] = [open('a'), open('b')]
  send(a, 'begin')
  send(b, 'b1')
  await fail('gone')
  expect(heard).toEqual(['a: gone', 'b: gone'])
  a.close()
  b.close()
  send(open('c'), 'c1')
  await answer(idle)
  expect(asked).toEqual(['begin', 'c1'])
  expect(heard).toEqual(['a: gone', 'b: gone', 'c'])
})
