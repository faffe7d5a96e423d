import { Agent, ProxyAgent, type Dispatcher } from 'undici'

/** An additional certificate authority, and our client certificate and key, in PEM format. */
export interface Tls {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

interface AgentSettings {
  /** The maximum size of a reply, in bytes. */
  readonly maxResponseSize: number
  /** The proxy for all requests; undefined for direct connections. */
  readonly proxy: string | undefined
}

/** The connections of one client. When certificates change, new connections are opened. */
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
    // Requests that still use the old certificates may finish.
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
