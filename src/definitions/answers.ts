import { inputsOf } from '../../providers/index.ts'
import { computedProvider } from './answer.ts'
import type { Mistake } from '../base/errors.ts'
import type { ServiceKey } from '../base/names.ts'
import type { Answer } from './answer.ts'
import { mistakeOf, readFormulas, type Computed } from './computed.ts'
import type { DefinitionFiles } from './files.ts'
import type { Project } from './project.ts'
import { readOptions, type OptionMistakes, type ServiceOptions } from './option-files.ts'
import { readSli, type ServiceSli } from './sli-files.ts'

/** An indicator and the provider that it belongs to, by the name its folder has. */
export interface Answering {
  readonly from: DefinitionFiles
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

export interface Answers {
  readonly answers: readonly Answer[]
  readonly slis: readonly ServiceSli[]
  readonly options: readonly ServiceOptions[]
  /** Of formulas. */
  readonly mistakes: readonly Mistake[]
}

/**
 * Settles who answers each of `indicators` (the `sli` of objectives), in their order, and who answers what formulas among them
 * are made of. Reads the `sli.yaml` files that this takes and no others, and answers with what they hold.
 */
export async function findAnswers(
  indicators: readonly string[],
  pushedMetrics: readonly string[],
  answering: Answering,
): Promise<Answers> {
  const computed = await readFormulas(await readSli(answering.from, answering.service, computedProvider))
  const pushed = new Set(pushedMetrics)
  const addresses = addressesOf(indicators, pushed, { answering, computed })
  const providers = [...new Set([...addresses.values()].map(({ provider }) => provider))].filter(
    (provider) => provider !== computedProvider,
  )
  const [slis, options] = await Promise.all([
    Promise.all(providers.map((provider) => sliOf(provider, answering))),
    Promise.all(providers.map((provider) => optionsOf(provider, answering))),
  ])
  const answer = (indicator: string): Answer => {
    const address = addresses.get(indicator)
    if (address === undefined) throw new Error(`it was not settled who answers ${indicator}`)
    const place = providers.indexOf(address.provider)
    if (pushed.has(indicator)) return pushedAnswer(indicator, address, slis[place] ?? computed.sli)
    if (address.provider === computedProvider) return computedAnswer(indicator, address.name, computed, answer)
    return answerOf(indicator, address, slis[place], options[place])
  }
  const answers = indicators.map(answer)
  const read = computed.sli.read.length === 0 ? [] : [computed.sli]
  const mistakes = [...computed.mistakes, ...missingInputs(answers, computed.sli)]
  return { answers, slis: [...slis, ...read], options, mistakes }
}

/** For objectives, and for the inputs of formulas that are computed: a pushed value needs no inputs. */
function addressesOf(
  indicators: readonly string[],
  pushed: ReadonlySet<string>,
  { answering, computed }: { readonly answering: Answering; readonly computed: Computed },
): ReadonlyMap<string, Address> {
  const addresses = new Map<string, Address>()
  const waiting = [...indicators]
  for (let indicator = waiting.pop(); indicator !== undefined; indicator = waiting.pop()) {
    if (addresses.has(indicator)) continue
    const address = addressOf(indicator, answering, computed)
    addresses.set(indicator, address)
    const formula = address.provider === computedProvider ? computed.formulas.get(address.name) : undefined
    if (pushed.has(indicator)) continue
    if (formula !== undefined) waiting.push(...inputsOf(formula))
  }
  return addresses
}

/**
 * Whether a definition of the indicator exists and its provider would measure it. An empty query counts: it is a mistake in the
 * files, which must not let the judged choose the value.
 */
function pushedAnswer(indicator: string, { provider, instance, name }: Address, { indicators }: ServiceSli): Answer {
  const measuring = provider === computedProvider ? computedProvider : instance
  return measuring !== undefined && indicators.has(name)
    ? { kind: 'pushed', indicator, insteadOf: measuring }
    : { kind: 'pushed', indicator }
}

function computedAnswer(
  indicator: string,
  name: string,
  { formulas, sli }: Computed,
  answer: (input: string) => Answer,
): Answer {
  const formula = formulas.get(name)
  const definition = sli.indicators.get(name)?.query
  const own = { indicator, provider: computedProvider, name } as const
  if (formula !== undefined && definition !== undefined) {
    return { kind: 'computed', ...own, definition, inputs: inputsOf(formula).map(answer) }
  }
  if (definition?.trim() === '') return { kind: 'unanswered', ...own, definition: '', message: emptyQuery(name, sli) }
  return { kind: 'unanswered', ...own, definition: null, message: notDefined(name, sli) }
}

/** An input that no file defines is a mistake of the files; an empty query fails only that formula. */
function missingInputs(answers: readonly Answer[], sli: ServiceSli): readonly Mistake[] {
  const mistakes = answers.flatMap((answer): readonly Mistake[] => {
    if (answer.kind !== 'computed') return []
    const own = answer.inputs.flatMap((input) =>
      input.kind === 'unanswered' && input.definition === null
        ? [
            mistakeOf(
              sli,
              answer.name,
              'formula_input_unknown',
              `${answer.name} is made of ${JSON.stringify(input.indicator)}, and ${input.message}`,
            ),
          ]
        : [],
    )
    return [...own, ...missingInputs(answer.inputs, sli)]
  })
  return [...new Map(mistakes.map((mistake) => [mistake.message, mistake])).values()]
}

/** What is wrong in a provider's files of a service, whether an objective asks for them or not. */
export async function mistakesOf(provider: string, answering: Answering): Promise<readonly Mistake[]> {
  const files = await Promise.all([sliOf(provider, answering), optionsOf(provider, answering)])
  const [{ flaws }] = files
  return [...files.flatMap(({ mistakes }) => mistakes), ...flaws]
}

/** What the files say wins; what they do not say is as the instance's pack has it. */
async function sliOf(provider: string, answering: Answering): Promise<ServiceSli> {
  const sli = await readSli(answering.from, answering.service, provider)
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

async function optionsOf(provider: string, answering: Answering): Promise<ServiceOptions> {
  const instance = instanceOf(provider, answering)
  if (instance === undefined) return { options: new Map(), mistakes: [], texts: [] }
  return readOptions(answering.from, answering.service, provider, answering.optionMistakes(instance))
}

/**
 * The provider before the first colon if there is one, in whatever case; else a formula of that name; else the project's
 * provider; else the service's default.
 */
function addressOf(indicator: string, answering: Answering, { formulas, sli }: Computed): Address {
  const colon = indicator.indexOf(':')
  const before = indicator.slice(0, Math.max(colon, 0))
  if (before.toLowerCase() === computedProvider) {
    return { provider: computedProvider, instance: undefined, name: indicator.slice(colon + 1) }
  }
  const prefixed = colon < 0 ? undefined : providerNamed(before, answering)
  const isFormula = formulas.has(indicator) || sli.indicators.get(indicator)?.query.trim() === ''
  if (prefixed === undefined && isFormula) {
    return { provider: computedProvider, instance: undefined, name: indicator }
  }
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
    return { kind: 'unanswered', indicator, provider, name, definition: null, message }
  }
  const definition = sli?.indicators.get(name)?.query
  if (sli !== undefined && definition?.trim() === '') {
    return { kind: 'unanswered', indicator, provider: instance, name, definition: '', message: emptyQuery(name, sli) }
  }
  if (definition !== undefined) {
    const options = given?.options.get(name)
    const asked = { kind: 'asked', indicator, provider: instance, name, definition } as const
    return options === undefined ? asked : { ...asked, options }
  }
  return { kind: 'unanswered', indicator, provider: instance, name, definition: null, message: notDefined(name, sli) }
}

function emptyQuery(name: string, { places }: ServiceSli): string {
  const place = places.get(name)
  const where = place === undefined ? '' : ` in ${place.file}:${place.line}`
  return `the query of ${JSON.stringify(name)} is empty${where}`
}

function notDefined(name: string, sli: ServiceSli | undefined): string {
  return `the indicator ${JSON.stringify(name)} is not defined: ${describePlaces(sli)}`
}

/** The configured or mapped name that `text` means; the same case is preferred. */
function providerNamed(text: string, { project, instances }: Answering): string | undefined {
  const mapped = Object.values(project.stages).flatMap(({ providers }) => Object.keys(providers))
  const names = [...instances, ...mapped]
  return names.find((name) => name === text) ?? names.find((name) => name.toLowerCase() === text.toLowerCase())
}

/** A stage may give a provider's name to another instance than the one configured under it. */
export function instanceOf(provider: string, { service, project, instances }: Answering): string | undefined {
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
