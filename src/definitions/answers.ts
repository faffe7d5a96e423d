import type { ServiceKey } from '../service.ts'
import type { Project } from './project.ts'
import { readOptions, type IndicatorOptions, type OptionMistakes, type ServiceOptions } from './option-files.ts'
import { readSli, type ServiceSli } from './sli-files.ts'

/** Who answers an objective's `sli`, and with which definition. `indicator` is the `sli` as written. */
export type Answer =
  | { readonly kind: 'pushed'; readonly indicator: string }
  | {
      readonly kind: 'asked'
      readonly indicator: string
      /** The configured instance. */
      readonly provider: string
      /** The indicator's name at the provider: `indicator` without a provider's prefix. */
      readonly name: string
      /** The query as sli.yaml writes it. */
      readonly definition: string
      /** Its entry in options.yaml. */
      readonly options?: IndicatorOptions
    }
  | {
      readonly kind: 'unanswered'
      readonly indicator: string
      readonly provider: string
      readonly name: string
      /** A sentence: where a definition was looked for. */
      readonly message: string
    }

/** An indicator and the provider that it belongs to, by the name its folder has. */
export interface Answering {
  readonly service: ServiceKey
  readonly project: Project
  /** Names of the configured instances. */
  readonly instances: readonly string[]
  readonly defaultProvider: string
  /** What an instance says of an indicator's options. */
  readonly optionMistakes: (instance: string) => OptionMistakes
  /** What an instance asks for indicators that no file holds, by indicator. */
  readonly pack: (instance: string) => ReadonlyMap<string, string>
}

/** Where an indicator is looked for. */
interface Address {
  /** The name that its folder has. */
  readonly provider: string
  /** What that name stands for in the stage; undefined when nothing. */
  readonly instance: string | undefined
  /** The indicator's name there. */
  readonly name: string
}

/**
 * Settles who answers each of `indicators` (the `sli` of objectives), in their order. Reads the `sli.yaml` files that this
 * takes and no others, and answers with what they hold.
 */
export async function findAnswers(
  indicators: readonly string[],
  pushedMetrics: readonly string[],
  answering: Answering,
  root: string,
): Promise<{
  readonly answers: readonly Answer[]
  readonly slis: readonly ServiceSli[]
  readonly options: readonly ServiceOptions[]
}> {
  const pushed = new Set(pushedMetrics)
  const asked = [...new Set(indicators)].filter((indicator) => !pushed.has(indicator))
  const addresses = new Map(asked.map((indicator) => [indicator, addressOf(indicator, answering)]))
  const providers = [...new Set([...addresses.values()].map(({ provider }) => provider))]
  const [slis, options] = await Promise.all([
    Promise.all(providers.map((provider) => sliOf(provider, answering, root))),
    Promise.all(providers.map((provider) => optionsOf(provider, answering, root))),
  ])
  const answers = indicators.map((indicator): Answer => {
    const address = addresses.get(indicator)
    if (address === undefined) return { kind: 'pushed', indicator }
    const place = providers.indexOf(address.provider)
    return answerOf(indicator, address, slis[place], options[place])
  })
  return { answers, slis, options }
}

/** What the files say wins; what they do not say is as the instance's pack has it. */
async function sliOf(provider: string, answering: Answering, root: string): Promise<ServiceSli> {
  const sli = await readSli(root, answering.service, provider)
  const instance = instanceOf(provider, answering)
  if (instance === undefined) return sli
  const missing = [...answering.pack(instance)].filter(([name]) => !sli.indicators.has(name))
  const packed = missing.map(([name, query]) => [name, { query, line: 0 }] as const)
  return {
    ...sli,
    indicators: new Map([...sli.indicators, ...packed]),
    packed: missing.map(([name]) => ({ instance, name })),
  }
}

async function optionsOf(provider: string, answering: Answering, root: string): Promise<ServiceOptions> {
  const instance = instanceOf(provider, answering)
  if (instance === undefined) return { options: new Map(), mistakes: [] }
  return readOptions(root, answering.service, provider, answering.optionMistakes(instance))
}

/** The provider before the first colon if there is one, in whatever case; else the project's; else the service's default. */
function addressOf(indicator: string, answering: Answering): Address {
  const colon = indicator.indexOf(':')
  const prefixed = colon < 0 ? undefined : providerNamed(indicator.slice(0, colon), answering)
  const provider = prefixed ?? answering.project.provider ?? answering.defaultProvider
  const name = prefixed === undefined ? indicator : indicator.slice(colon + 1)
  return { provider, instance: instanceOf(provider, answering), name }
}

function answerOf(
  indicator: string,
  { provider, instance, name }: Address,
  sli: ServiceSli | undefined,
  given: ServiceOptions | undefined,
): Answer {
  if (instance === undefined) {
    const message = `no provider is configured under the name ${JSON.stringify(provider)}`
    return { kind: 'unanswered', indicator, provider, name, message }
  }
  const definition = sli?.indicators.get(name)?.query
  if (definition !== undefined) {
    const options = given?.options.get(name)
    const asked = { kind: 'asked', indicator, provider: instance, name, definition } as const
    return options === undefined ? asked : { ...asked, options }
  }
  const message = `the indicator ${JSON.stringify(name)} is not defined: ${describePlaces(sli)}`
  return { kind: 'unanswered', indicator, provider: instance, name, message }
}

/** The configured or mapped name that `text` means; the same case is preferred. */
function providerNamed(text: string, { project, instances }: Answering): string | undefined {
  const mapped = Object.values(project.stages).flatMap(({ providers }) => Object.keys(providers))
  const names = [...instances, ...mapped]
  return names.find((name) => name === text) ?? names.find((name) => name.toLowerCase() === text.toLowerCase())
}

/** A stage may give a provider's name to another instance than the one configured under it. */
function instanceOf(provider: string, { service, project, instances }: Answering): string | undefined {
  const stage = new Map(Object.entries(project.stages)).get(service.stage)
  const mapped = new Map(Object.entries(stage?.providers ?? {})).get(provider)
  return mapped ?? instances.find((name) => name === provider)
}

function describePlaces(sli: ServiceSli | undefined): string {
  const read = sli?.read ?? []
  const absent = sli?.absent ?? []
  if (read.length === 0) return `there is no ${absent.join(', ')}`
  if (absent.length === 0) return `it is not in ${read.join(', ')}`
  return `it is not in ${read.join(', ')}, and there is no ${absent.join(', ')}`
}
