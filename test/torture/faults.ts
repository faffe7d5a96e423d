import { setTimeout as pause } from 'node:timers/promises'
import { waitFor } from '../../demo/wait.ts'
import type { NatsServer } from '../support/nats-server.ts'
import type { OwnPostgres } from '../support/postgres.ts'
import type { Proxy } from '../support/proxy.ts'
import type { SteppingClock } from '../support/stepping-clock.ts'
import type { Member } from './fleet.ts'
import type { Subscriber } from './subscriber.ts'

/** What was done to the system, in milliseconds of the wall clock; `until`: it was well again. */
export interface Fault {
  readonly kind: string
  readonly isKill: boolean
  readonly from: number
  readonly until: number
}

export interface Victims {
  readonly fleet: readonly Member[]
  readonly clock: SteppingClock
  readonly postgres: OwnPostgres
  readonly nats: NatsServer
  readonly subscriber: Subscriber
  /** Those that all members share: to the provider, the subscriber and NATS. */
  readonly networks: readonly Proxy[]
  readonly leaseMs: number
}

const readyLimitMs = 10_000

/** How far ahead a clock may be, or behind. */
const wrongSeconds = [-7_200, -90, -20, 0, 20, 90, 7_200]

/** Kills and troubles, one at a time, chosen by `random`. */
export function createFaults(
  { fleet, clock, postgres, nats, subscriber, networks, leaseMs }: Victims,
  random: () => number,
) {
  const faults: Fault[] = []
  const any = (): Member => {
    const member = fleet[Math.floor(random() * fleet.length)]
    if (member === undefined) throw new Error('there is nobody to hurt')
    return member
  }

  async function note(kind: string, isKill: boolean, hurt: () => Promise<unknown>): Promise<void> {
    const from = Date.now()
    await hurt()
    faults.push({ kind, isKill, from, until: Date.now() })
  }

  async function crashPostgres(): Promise<void> {
    await postgres.crash()
    await pause(500 * random())
    await postgres.recover()
    const untilReady = (member: Member): Promise<unknown> =>
      waitFor(`${member.name} is ready`, readyLimitMs, async () => ((await member.isReady()) ? true : undefined))
    // The next kill waits for everybody or for ten seconds, whichever comes first.
    await Promise.all(fleet.map(untilReady)).catch(() => {})
  }

  async function crashNats(): Promise<void> {
    await nats.kill()
    await pause(1_000 * random())
    await nats.start()
  }

  /** Half of the time between one member and its database, else one that all share. */
  async function badNetwork(): Promise<void> {
    const network = random() < 0.5 ? any().network : (networks[Math.floor(random() * networks.length)] ?? any().network)
    const choice = random()
    const forAWhile = (kind: string, begin: () => void | Promise<void>): Promise<void> =>
      note(kind, false, async () => {
        await begin()
        await pause(500 + 2_000 * random())
        await network.restore()
      })
    if (choice < 0.3)
      await forAWhile('network slow', () => network.slow({ latencyMs: 5 + 50 * random(), pieceBytes: 65_536 }))
    else if (choice < 0.5) await forAWhile('network drips', () => network.slow({ latencyMs: 1, pieceBytes: 256 }))
    else if (choice < 0.7) await forAWhile('network silent', () => network.freeze())
    else if (choice < 0.85) await forAWhile('network reset', () => network.cut())
    // Nobody mends these: whoever has one has to notice.
    else await note('connections left half-open', false, async () => network.strand())
  }

  /** One process dies: mostly Pharos, sometimes PostgreSQL or nats-server. */
  async function kill(): Promise<void> {
    const choice = random()
    if (choice < 0.7) await note('Pharos killed', true, () => any().kill())
    else if (choice < 0.85) await note('PostgreSQL killed', true, crashPostgres)
    else await note('nats-server killed', true, crashNats)
  }

  /** Nobody dies: a bad network, a subscriber that is away, a process that stands still, or one whose clock is wrong from now on. */
  async function trouble(): Promise<void> {
    const choice = random()
    if (choice < 0.45) await badNetwork()
    else if (choice < 0.6) await note('subscriber away', false, () => subscriber.leave(500 + 1_500 * random()))
    else if (choice < 0.8) await standStill()
    else
      await note('clock stepped', false, () =>
        clock.step(wrongSeconds[Math.floor(random() * wrongSeconds.length)] ?? 0),
      )
  }

  /** A process does nothing for longer than its leases, and then goes on with what others have by now. */
  async function standStill(): Promise<void> {
    await note('process paused', false, () => any().pause(leaseMs + 1_500))
  }

  return { faults, kill, trouble, standStill }
}
