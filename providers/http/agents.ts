import { Agent, ProxyAgent, type Dispatcher } from 'undici'

/** Beside what the machine trusts: an own authority, and who we are to the server. Texts in PEM. */
export interface Tls {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

interface AgentSettings {
  /** Of a reply, in bytes. */
  readonly maxResponseSize: number
  /** Through which everything goes; undefined: straight. */
  readonly proxy: string | undefined
}

/** The connections of one client. Other certificates, such as renewed ones, make new connections. */
export class Agents {
  readonly #settings: AgentSettings
  #current: { readonly tls: Tls; readonly agent: Dispatcher } | undefined

  constructor(settings: AgentSettings) {
    this.#settings = settings
  }

  of(tls: Tls): Dispatcher {
    const current = this.#current
    if (current !== undefined && isSame(current.tls, tls)) return current.agent
    const agent = this.#open(tls)
    this.#current = { tls, agent }
    // What still runs with the old certificates ends by itself.
    void current?.agent.close()
    return agent
  }

  async destroy(): Promise<void> {
    await this.#current?.agent.destroy()
  }

  #open({ ca, cert, key }: Tls): Dispatcher {
    const tls = {
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
    }
    const { maxResponseSize, proxy } = this.#settings
    if (proxy === undefined) return new Agent({ maxResponseSize, connect: tls })
    return new ProxyAgent({ uri: proxy, maxResponseSize, requestTls: tls })
  }
}

function isSame(one: Tls, other: Tls): boolean {
  return one.ca === other.ca && one.cert === other.cert && one.key === other.key
}
