import { createServer, type Server } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createEgress, type Egress } from '../../../src/net/egress.ts'
import type { LookUp } from '../../../src/net/dns.ts'
import { createPost, type Post, type Webhook } from '../../../src/announcing/delivery/webhook.ts'

/** Names lead where `zone` says, each look-up to the next of its addresses; an unknown one leads nowhere. */
function lookUpOf(zone: Readonly<Record<string, readonly (readonly string[])[]>>): LookUp {
  const asked = new Map<string, number>()
  return async (host) => {
    const answers = zone[host]
    const count = asked.get(host) ?? 0
    asked.set(host, count + 1)
    const addresses = answers?.[Math.min(count, answers.length - 1)]
    if (addresses === undefined) throw new Error(`ENOTFOUND ${host}`)
    return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  }
}

function egressOf(allow: readonly string[], lookUp: LookUp): Egress {
  return createEgress({ allow, connectTimeoutMs: 10_000, system: lookUp, dns: lookUp })
}

const zone = {
  'public.example': [['93.184.216.34', '2606:2800:21f:cb07:6820:80da:af6b:8b2c']],
  'inside.example': [['10.1.2.3']],
  'mixed.example': [['10.1.2.3', '93.184.216.34']],
  'metadata.example': [['169.254.169.254']],
  'loop.example': [['127.0.0.1', '::1']],
}

const refused = {
  'the own host': [
    'http://127.0.0.1/',
    'http://127.1/',
    'http://127.0.0.1./',
    'http://2130706433/',
    'http://0x7f000001/',
    'http://0x7f.0.0.1/',
    'http://0177.0.0.1/',
    'http://017700000001/',
    'http://127.255.255.254/',
    'http://0/',
    'http://0.0.0.0/',
    'http://[::1]/',
    'http://[::]/',
    'http://[0:0:0:0:0:0:0:1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[::127.0.0.1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[2002:7f00:1::]/',
    'http://loop.example/',
    'http://①②⑦.⓪.⓪.①/',
    'http://127。0。0。1/',
    'https://127.0.0.1:8443/',
  ],
  'networks of one’s own': [
    'http://10.0.0.1/',
    'http://10.255.255.255/',
    'http://172.16.0.1/',
    'http://172.31.255.255/',
    'http://192.168.1.1/',
    'http://100.64.0.1/',
    'http://100.127.255.255/',
    'http://192.0.0.1/',
    'http://192.0.2.1/',
    'http://198.18.0.1/',
    'http://198.19.255.255/',
    'http://198.51.100.7/',
    'http://203.0.113.7/',
    'http://192.88.99.1/',
    'http://224.0.0.1/',
    'http://239.255.255.250/',
    'http://240.0.0.1/',
    'http://255.255.255.255/',
    'http://0xa.0.0.1/',
    'http://012.0.0.1/',
    'http://167772161/',
    'http://[::ffff:10.0.0.1]/',
    'http://[::ffff:a00:1]/',
    'http://[::ffff:0:10.0.0.1]/',
    'http://[fc00::1]/',
    'http://[fd12:3456:789a::1]/',
    'http://[fec0::1]/',
    'http://[ff02::1]/',
    'http://[2001:db8::1]/',
    'http://[2001::1]/',
    'http://[2001:10::1]/',
    'http://[2001:20::1]/',
    'http://[2002:a00:1::]/',
    'http://[3fff::1]/',
    'http://[5f00::1]/',
    'http://[64:ff9b::a00:1]/',
    'http://[64:ff9b:1::a00:1]/',
    'http://[100::1]/',
    'http://[4000::1]/',
    'http://inside.example/',
    'http://INSIDE.example/',
    'http://inside.example./',
  ],
  'where clouds answer with credentials': [
    'http://169.254.169.254/latest/meta-data/',
    'http://169.254.170.2/',
    'http://0xa9fea9fe/',
    'http://2852039166/',
    'http://0251.0376.0251.0376/',
    'http://169.254.43518/',
    'http://[::ffff:169.254.169.254]/',
    'http://[::ffff:a9fe:a9fe]/',
    'http://[64:ff9b::a9fe:a9fe]/',
    'http://[fd00:ec2::254]/',
    'http://[fd00:ec2::23]/',
    'http://[fd20:ce::254]/',
    'http://[fe80::1]/',
    'http://100.100.100.200/',
    'http://168.63.129.16/',
    'http://192.0.0.192/',
    'http://metadata.example/',
    // Also where they lead nowhere.
    'http://metadata.google.internal/',
    'http://Metadata.Google.Internal./computeMetadata/v1/',
    'http://metadata/',
    'http://instance-data/',
  ],
  'ports of something else': [
    'http://public.example:22/',
    'http://93.184.216.34:25/',
    'https://public.example:1023/',
    'http://public.example:1/',
  ],
} as const

describe('nothing is sent to', () => {
  const egress = egressOf([], lookUpOf(zone))
  for (const [what, urls] of Object.entries(refused)) {
    for (const url of urls) {
      test(`${what}: ${url}`, async () => {
        expect(await egress.refusal(url)).toMatch(/is not public|is never sent to|is not for this/)
      })
    }
  }
})

describe('something may be sent to', () => {
  const egress = egressOf([], lookUpOf(zone))
  for (const url of [
    'https://public.example/',
    'http://93.184.216.34/',
    'http://93.184.216.34:8080/',
    'https://public.example:1024/',
    'http://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/',
    'http://[::ffff:93.184.216.34]/',
    'http://172.15.255.255/',
    'http://172.32.0.1/',
    'http://100.63.255.255/',
    'http://mixed.example/',
    // Nobody knows it yet; what it leads to by then is looked at by then.
    'http://unknown.example/',
  ]) {
    test(`a public address: ${url}`, async () => {
      expect(await egress.refusal(url)).toBeUndefined()
    })
  }
})

describe('what is allowed', () => {
  const all = ['0.0.0.0/0', '::/0', '10.0.0.0/8', 'metadata.example', 'Loop.example', '127.0.0.1', 'fd12::/16']
  for (const { allow, url, may } of [
    { allow: ['10.0.0.0/8'], url: 'http://10.1.2.3:81/', may: true },
    { allow: ['10.0.0.0/8'], url: 'http://inside.example/', may: true },
    { allow: ['10.0.0.0/8'], url: 'http://[::ffff:10.0.0.1]/', may: true },
    { allow: ['10.0.0.0/8'], url: 'http://192.168.1.1/', may: false },
    { allow: ['10.0.0.0/8'], url: 'http://loop.example/', may: false },
    { allow: ['inside.example'], url: 'http://INSIDE.example:81/', may: true },
    { allow: ['inside.example'], url: 'http://10.1.2.3/', may: false },
    { allow: ['127.0.0.1'], url: 'http://127.0.0.1:9/', may: true },
    { allow: ['127.0.0.1'], url: 'http://127.0.0.2/', may: false },
    { allow: ['fd12::/16'], url: 'http://[fd12:3456::1]/', may: true },
    { allow: all, url: 'http://169.254.169.254/', may: false },
    { allow: all, url: 'http://metadata.example/', may: false },
    { allow: [...all, 'metadata.google.internal'], url: 'http://metadata.google.internal/', may: false },
    { allow: all, url: 'http://[fd00:ec2::254]/', may: false },
    { allow: all, url: 'http://[::ffff:169.254.169.254]/', may: false },
    { allow: all, url: 'http://[fd00:ec2::23]/', may: false },
    { allow: all, url: 'http://[64:ff9b::a9fe:a9fe]/', may: false },
    { allow: all, url: 'http://[64:ff9b::6464:64c8]/', may: false },
    { allow: ['64:ff9b::/96'], url: 'http://[64:ff9b::5db8:d822]/', may: true },
    { allow: ['inside.example'], url: 'http://inside.example./', may: true },
    { allow: all, url: 'http://100.100.100.200/', may: false },
  ]) {
    test(`with ${allow.join(' ')}, ${url} is ${may ? '' : 'not '}sent to`, async () => {
      expect((await egressOf(allow, lookUpOf(zone)).refusal(url)) === undefined).toBe(may)
    })
  }
})

describe('at the time of the connection', () => {
  let canary: Server
  let port: number
  let connections: number
  beforeEach(async () => {
    connections = 0
    canary = createServer((_request, response) => response.writeHead(204).end())
    canary.on('connection', () => (connections += 1))
    await new Promise<void>((resolve) => canary.listen(0, '127.0.0.1', resolve))
    const address = canary.address()
    port = typeof address === 'object' && address !== null ? address.port : 0
  })
  afterEach(async () => {
    canary.closeAllConnections()
    await new Promise((resolve) => canary.close(resolve))
  })

  const message = { id: 'e1', body: '{}', sentAt: new Date() }
  const within = { timeoutMs: 2_000, stopping: new AbortController().signal }
  const at = (host: string, origin: Webhook['origin'] = 'api'): Webhook => {
    return { name: 'ci', url: `http://${host}:${port}/`, origin, keyGeneration: 0, keys: [] }
  }
  const send = (
    allow: readonly string[],
    host: string,
    answers: readonly (readonly string[])[],
    origin?: Webhook['origin'],
  ) => createPost(egressOf(allow, lookUpOf({ [host]: answers })))(message, at(host, origin), within)

  test('a name that leads inside only the second time is not connected to', async () => {
    const egress = egressOf([], lookUpOf({ 'rebound.example': [['93.184.216.34'], ['127.0.0.1']] }))
    expect(await egress.refusal(at('rebound.example').url)).toBeUndefined()
    expect(await createPost(egress)(message, at('rebound.example'), within)).toEqual({
      kind: 'later',
      message:
        'rebound.example leads to an address that is not public: whoever runs the service can allow it in subscriptions.allow of pharos.yaml',
    })
    expect(connections).toBe(0)
  })

  test('of several addresses only those that are allowed are tried', async () => {
    expect(await send(['127.0.0.1'], 'mixed.example', [['169.254.169.254', '127.0.0.1']])).toBeUndefined()
    expect(connections).toBe(1)
  })

  test('a name with the dot of the root is the name that is allowed', async () => {
    const egress = egressOf(['loop.example'], lookUpOf(zone))
    const to = at('Loop.example.')
    expect([await egress.refusal(to.url), await createPost(egress)(message, to, within)]).toEqual([
      undefined,
      undefined,
    ])
    expect(connections).toBe(1)
  })

  test('an address that is not allowed is not connected to', async () => {
    expect(await send([], '127.0.0.1', [])).toEqual({
      kind: 'later',
      message: '127.0.0.1 is not public: whoever runs the service can allow it in subscriptions.allow of pharos.yaml',
    })
    expect(connections).toBe(0)
  })

  test('a sink of pharos.yaml is the operator’s own', async () => {
    expect(await send([], '127.0.0.1', [], 'file')).toBeUndefined()
  })

  describe('that is never made', () => {
    /** Nobody answers for any name, however long. */
    let post: Post
    beforeEach(() => {
      post = createPost(egressOf([], () => new Promise(() => undefined)))
    })

    for (const origin of ['api', 'file'] as const) {
      const who = origin === 'api' ? 'a subscription' : 'a sink'
      test(`a try ends in time: ${who}`, async () => {
        const began = performance.now()
        expect(await post(message, at('silent.example', origin), { ...within, timeoutMs: 200 })).toEqual({
          kind: 'later',
          message: 'no answer within 200 ms',
        })
        expect(performance.now() - began).toBeLessThan(1_500)
      })

      test(`a try ends with the service: ${who}`, async () => {
        const stopping = AbortSignal.abort()
        expect(await post(message, at('silent.example', origin), { ...within, stopping })).toEqual({
          kind: 'later',
          message: 'the service stopped',
        })
      })
    }
  })
})
