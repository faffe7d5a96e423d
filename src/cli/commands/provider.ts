import { z } from 'zod'
import { padRight, printable, widthOf } from '../columns.ts'
import { needed, type Command, type Parsed } from '../command.ts'
import { serverOf, serverOptions, type Server } from '../server.ts'
import { serviceOptions, servicePath } from '../service.ts'
import { CommandError, exitCodes, usageError, type ExitCode, type Terminal } from '../terminal.ts'
import { labelsOf, windowOf, windowOptions } from '../window.ts'

/** A server may be away for so long, and take so long to ask a provider. */
const reachMs = 40_000

const Health = z.looseObject({ ok: z.boolean(), message: z.string(), latencyMs: z.number() })
const List = z.looseObject({ items: z.array(z.looseObject({ name: z.string(), kind: z.string() })) })
const Queried = z.looseObject({
  provider: z.string(),
  window: z.looseObject({ start: z.string(), end: z.string() }),
  definition: z.string().nullable(),
  query: z.string().nullable(),
  outcome: z.string(),
  value: z.number().nullable(),
  message: z.string(),
  warnings: z.array(z.string()),
  exchanges: z.array(
    z.looseObject({
      method: z.string(),
      path: z.string(),
      sent: z.string(),
      status: z.number().nullable(),
      reply: z.string(),
      durationMs: z.number(),
    }),
  ),
})
type Queried = z.infer<typeof Queried>

export const providerCommand: Command = {
  name: 'provider',
  operands: 'check [NAME…] | query NAME',
  summary: "Check a server's providers, or ask one for an indicator and show what goes over the network.",
  details:
    'check looks at all providers unless some are named. query finds, resolves and asks the indicator as an evaluation of the service would; nothing is judged or stored. Exits with 20 if a provider is not healthy, or the indicator has no value.',
  options: {
    ...serviceOptions,
    indicator: { value: 'NAME', text: "query: its name in the provider's sli.yaml" },
    ...windowOptions,
    json: { text: 'what the server says, as JSON' },
    ...serverOptions,
  },
  examples: [
    'pharos provider check',
    'pharos provider check prometheus --json',
    'pharos provider query prometheus --project shop --stage staging --service carts --indicator latency --window 15m',
  ],
  run: async (parsed, terminal) => {
    const [action, ...names] = parsed.operands
    if (action === 'check') return check(names, parsed, terminal)
    const [name, ...more] = names
    if (action !== 'query') throw usageError('provider needs check or query')
    if (name === undefined || more.length > 0) throw usageError('provider query needs the name of one provider')
    return query(name, parsed, terminal)
  },
}

async function check(named: readonly string[], parsed: Parsed, terminal: Terminal): Promise<ExitCode> {
  const server = serverOf(parsed, terminal)
  const ask = asking(server, terminal)
  const names = named.length > 0 ? named : (await ask(List, 'GET', '/v1/providers')).items.map(({ name }) => name)
  const checked = await Promise.all(
    names.map(async (name) => ({
      name,
      ...(await ask(Health, 'POST', `/v1/providers/${encodeURIComponent(name)}/check`)),
    })),
  )
  if (parsed.has('json')) terminal.out(`${JSON.stringify(checked, null, 2)}\n`)
  else {
    const width = Math.max(0, ...names.map((name) => widthOf(printable(name))))
    for (const { name, ok, message, latencyMs } of checked) {
      const start = `${padRight(printable(name), width)}  ${ok ? 'ok     ' : 'not ok '}`
      terminal.out(`${start} ${printable(message)} (${Math.round(latencyMs)} ms)\n`)
    }
  }
  return checked.every(({ ok }) => ok) ? exitCodes.ok : exitCodes.failed
}

async function query(name: string, parsed: Parsed, terminal: Terminal): Promise<ExitCode> {
  // Of each name what it may be, in the words of every other command.
  servicePath(parsed)
  const [project, stage, service, indicator] = ['project', 'stage', 'service', 'indicator'].map((option) =>
    needed(parsed, option),
  )
  const labels = labelsOf(parsed.many('label'))
  const body = { project, stage, service, indicator, ...windowOf(parsed), labels }
  const server = serverOf(parsed, terminal)
  const path = `/v1/providers/${encodeURIComponent(name)}/query`
  const queried = await asking(server, terminal)(Queried, 'POST', path, body)
  if (parsed.has('json')) terminal.out(`${JSON.stringify(queried, null, 2)}\n`)
  else
    terminal.out(
      linesOf(queried)
        .map((line) => `${line}\n`)
        .join(''),
    )
  return queried.outcome === 'measured' ? exitCodes.ok : exitCodes.failed
}

function asking(server: Server, terminal: Terminal) {
  const until = new Date(terminal.now().getTime() + reachMs)
  return async <Body>(schema: z.ZodType<Body>, method: 'GET' | 'POST', path: string, sent?: object): Promise<Body> => {
    const parsed = schema.safeParse(
      await server.ask({ method, path, ...(sent !== undefined && { body: sent }) }, until),
    )
    if (parsed.success) return parsed.data
    throw new CommandError(exitCodes.unreachable, `${server.url} does not answer as Pharos does`)
  }
}

function linesOf(queried: Queried): readonly string[] {
  const { provider, window, definition, query: sent, outcome, value, message, warnings, exchanges } = queried
  const told: (readonly [string, string | null])[] = [
    ['value', value === null ? null : String(value)],
    ['outcome', outcome],
    ['why', message === '' ? null : message],
    ['provider', provider],
    ['window', `${window.start} to ${window.end}`],
    ['definition', definition],
    ['query', sent],
    ...warnings.map((warning) => ['warning', warning] as const),
  ]
  const facts = told.flatMap(([label, text]) => (text === null ? [] : [`${label.padEnd(10)}  ${printable(text)}`]))
  return [...facts, ...exchanges.flatMap(exchangeLines)]
}

function exchangeLines({ method, path, sent, status, reply, durationMs }: Queried['exchanges'][number]) {
  const came = status === null ? 'no reply' : String(status)
  const parts = [sent, reply].filter((part) => part !== '').map((part) => `  ${printable(part)}`)
  return ['', `${method} ${printable(path)}: ${came}, ${Math.round(durationMs)} ms`, ...parts]
}
