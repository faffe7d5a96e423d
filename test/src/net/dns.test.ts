import { createSocket, type Socket } from 'node:dgram'
import type { lookup } from 'node:dns'
import { Resolver } from 'node:dns/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { createDnsLookUp, createSystemLookUp, type LookUp } from '../../../src/net/dns.ts'

describe('the system', () => {
  test('is asked once by all who wait for the same name, and again afterwards', async () => {
    const waiting: (() => void)[] = []
    const resolve = (_host: string, _options: unknown, done: (error: null, addresses: unknown) => void): void => {
      waiting.push(() => done(null, [{ address: '10.0.0.1', family: 4 }]))
    }
    const lookUp = createSystemLookUp(resolve as unknown as typeof lookup)
    const both = [lookUp('ci.example'), lookUp('ci.example'), lookUp('chat.example')]
    expect(waiting).toHaveLength(2)
    for (const answer of waiting) answer()
    for (const found of await Promise.all(both)) expect(found).toEqual([{ address: '10.0.0.1', family: 4 }])
    void lookUp('ci.example')
    expect(waiting).toHaveLength(3)
  })

  test('that knows no address says so each time', async () => {
    const resolve = (_host: string, _options: unknown, done: (error: Error) => void): void =>
      done(new Error('ENOTFOUND'))
    const lookUp = createSystemLookUp(resolve as unknown as typeof lookup)
    for (let times = 0; times < 2; times++) await expect(lookUp('ci.example')).rejects.toThrow('ENOTFOUND')
  })
})

describe('a name server', () => {
  const servers: Socket[] = []
  afterEach(() => {
    for (const server of servers.splice(0)) server.close()
  })

  /** Answers the question for an IPv4 address with `rcode`, and with `address` if there is one; no other. Undefined: nothing. */
  async function lookUpAt(rcode: number | undefined, address?: readonly number[], other = system): Promise<LookUp> {
    const server = createSocket('udp4')
    servers.push(server)
    server.on('message', (question, { port }) => {
      if (rcode === undefined) return
      const isForIPv4 = question.readUInt16BE(question.indexOf(0, 12) + 1) === 1
      const end = question.indexOf(0, 12) + 5
      const reply = Buffer.from(question.subarray(0, end))
      reply.writeUInt16BE(0x81_80 | (isForIPv4 ? rcode : 0), 2)
      const answers = address === undefined || !isForIPv4 ? [] : [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address]
      reply.writeUInt16BE(answers.length === 0 ? 0 : 1, 6)
      reply.writeUInt32BE(0, 8)
      server.send(Buffer.concat([reply, Buffer.from(answers)]), port, '127.0.0.1')
    })
    await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve))
    const resolver = new Resolver({ timeout: rcode === undefined ? 200 : 5_000, tries: 2 })
    resolver.setServers([`127.0.0.1:${server.address().port}`])
    return createDnsLookUp(other, resolver)
  }

  const system: LookUp = async (host) => [{ address: `of ${host} by the system`, family: 4 }]

  test('that knows the name is believed', async () => {
    const lookUp = await lookUpAt(0, [93, 184, 216, 34])
    expect(await lookUp('ci.example')).toEqual([{ address: '93.184.216.34', family: 4 }])
  })

  for (const { title, rcode } of [
    { title: 'that has no address', rcode: 0 },
    { title: 'that does not know the name', rcode: 3 },
  ]) {
    test(`${title} is not the last word: the system may know it`, async () => {
      const lookUp = await lookUpAt(rcode)
      expect(await lookUp('ci.example')).toEqual([{ address: 'of ci.example by the system', family: 4 }])
    })
  }

  test('that does not know two names has the system asked for one after the other, and for each once', async () => {
    const asked: string[] = []
    const answers: (() => void)[] = []
    const slow: LookUp = (host) => {
      asked.push(host)
      return new Promise((resolve) => answers.push(() => resolve([{ address: '10.0.0.1', family: 4 }])))
    }
    const lookUp = await lookUpAt(3, undefined, slow)
    const all = ['one.example', 'two.example', 'one.example'].map((host) => lookUp(host))
    while (asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(asked).toHaveLength(1)
    answers.shift()?.()
    while (asked.length === 1) await new Promise((resolve) => setTimeout(resolve, 5))
    answers.shift()?.()
    await Promise.all(all)
    expect(asked.toSorted((one, other) => one.localeCompare(other))).toEqual(['one.example', 'two.example'])
  })

  for (const { title, rcode, code } of [
    { title: 'that does not answer', rcode: undefined, code: 'ETIMEOUT' },
    { title: 'that cannot tell', rcode: 2, code: 'ESERVFAIL' },
  ]) {
    test(`${title} keeps no thread of the system waiting`, async () => {
      const lookUp = await lookUpAt(rcode)
      await expect(lookUp('ci.example')).rejects.toMatchObject({ code })
    })
  }
})
