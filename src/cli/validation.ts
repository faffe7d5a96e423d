import {
  checkFormulas,
  checkPlaceholders,
  namesInProject,
  namesOfOptions,
  unaskableIndicators,
  type CheckDeps,
} from '../definitions/check.ts'
import { computedProvider } from '../definitions/answer.ts'
import { answered, type Answer } from '../definitions/answer.ts'
import { loadDefinition, mistakesOfProviders } from '../definitions/load.ts'
import { queryFindings, type QueryCheckDeps } from '../definitions/check-queries.ts'
import { unusedOption } from '../definitions/option-files.ts'
import { PharosError, type Mistake } from '../base/errors.ts'
import { misunderstoodQueries, type AskingDeps } from './ask-queries.ts'
import { unresolvable } from '../definitions/unresolvable.ts'
import type { ServiceKey } from '../base/names.ts'
import type { Slo } from '../../slo/index.ts'
import { anyName, type Tree } from './tree.ts'

type ValidationDeps = QueryCheckDeps & AskingDeps

/** The outcome for one service. */
interface Checked {
  readonly service: ServiceKey
  /** `none`: an slo.yaml is missing; `lenient`: it is missing, but the project does not require one. */
  readonly slo: 'found' | 'none' | 'lenient'
  /** Where an slo.yaml was looked for, in a sentence. */
  readonly missing?: string
  readonly lines: readonly string[]
  readonly notes?: readonly string[]
  /** Of its SLO. */
  readonly filter?: Slo['filter']
  /** The queries that its objectives ask, as they stand in the files. */
  readonly queries?: readonly string[]
}

/**
 * A line for each mistake in a definitions root, each once, and notes; `shown` is the root's name in them. `unasked` has a sentence
 * for each provider that could not say whether it understands its queries.
 */
export async function validateTree(
  tree: Tree,
  {
    shown,
    pushed,
    deps,
  }: { readonly shown: string; readonly pushed: readonly string[]; readonly deps: ValidationDeps },
): Promise<{
  readonly lines: readonly string[]
  readonly notes: readonly string[]
  readonly unasked: readonly string[]
}> {
  const lines = new Set<string>()
  const formulas = new Doubts()
  const all: Checked[] = []
  for (const service of await servicesOf(tree, deps)) {
    const checked = await checkService(service, pushed, deps)
    all.push(checked)
    const files = [
      ...(await mistakesOfProviders(service, tree.providers, deps)),
      ...(await unaskableIndicators(service, tree.providers, deps)),
    ]
    for (const { place, mistakes } of await checkFormulas(service, pushed, deps)) formulas.add(place, mistakes)
    for (const line of [...checked.lines, ...files.map(shownMistake)]) lines.add(line)
  }
  const used = new Set(all.flatMap(({ queries = [] }) => queries))
  const unasked = new Doubts()
  for (const { service, filter = [] } of all) {
    const checked = await checkPlaceholders({ service, filter, used }, tree.providers, deps)
    for (const { place, mistakes } of checked) unasked.add(place, mistakes)
  }
  const asked = await misunderstoodQueries(all, tree.providers, deps)
  const missing = await missingSlos(tree, all, { shown, deps })
  for (const line of [...formulas.lines(), ...unasked.lines(), ...asked.mistakes.map(shownMistake), ...missing])
    lines.add(line)
  const findings = await Promise.all(
    all.map(({ service, filter = [] }) => queryFindings({ service, filter }, tree.providers, deps)),
  )
  const notes = [
    ...all.flatMap((checked) => checked.notes ?? []),
    ...findings.flat().map(shownMistake),
    ...(await unusedOptions(tree, all, deps)),
  ]
  return { lines: [...lines], notes: [...new Set(notes)], unasked: asked.notes }
}

/** Options of indicators that no service of a project has: most likely a slip, which nothing else tells. */
async function unusedOptions(tree: Tree, all: readonly Checked[], deps: CheckDeps): Promise<readonly string[]> {
  const notes: string[] = []
  for (const { project } of tree.projects) {
    const own = all.filter(({ service }) => service.project === project)
    const found = (await Promise.all(own.map(({ service }) => namesOfOptions(service, tree.providers, deps)))).flat()
    for (const folder of tree.providers) {
      const ofFolder = found.filter((one) => one.folder === folder)
      const known = [...new Set(ofFolder.flatMap((one) => one.known))]
      const unused = ofFolder.flatMap(({ options }) => options).filter(({ name }) => !known.includes(name))
      notes.push(...unused.map(({ name, ...place }) => shownMistake({ ...place, ...unusedOption(name, known) })))
    }
  }
  return notes
}

/** An input may be there for another service, and a name in capitals in the filter of another SLO. */
const doubtedCodes: readonly string[] = ['formula_input_unknown', 'placeholder_unknown']

/**
 * A formula or a query that one service cannot answer may be answered for another one: it is wrong only if it is for none. What cannot be
 * read is always wrong.
 */
class Doubts {
  readonly #wrong = new Set<string>()
  readonly #sound = new Set<string>()
  readonly #doubted = new Map<string, readonly string[]>()

  add(place: string, mistakes: readonly Mistake[]): void {
    const unknown = mistakes.filter(({ code }) => doubtedCodes.includes(code))
    for (const mistake of mistakes) if (!unknown.includes(mistake)) this.#wrong.add(shownMistake(mistake))
    if (unknown.length === 0) this.#sound.add(place)
    else if (!this.#doubted.has(place)) this.#doubted.set(place, unknown.map(shownMistake))
  }

  lines(): readonly string[] {
    const doubted = [...this.#doubted].filter(([place]) => !this.#sound.has(place))
    return [...this.#wrong, ...doubted.flatMap(([, lines]) => lines)]
  }
}

/** The services of the folders, those that a project.yaml lists, and stand-ins for names that an open list allows. */
async function servicesOf(tree: Tree, deps: CheckDeps): Promise<readonly ServiceKey[]> {
  const services: ServiceKey[] = []
  for (const { project, folders } of tree.projects) {
    const named = await namesInProject(project, deps)
    const stages = new Set([...listedOrAny(named.stages), ...folders.map(({ stage }) => stage)])
    for (const stage of stages) {
      const inStage = folders.filter((folder) => folder.stage === stage).map(({ service }) => service)
      const own = inStage.filter((service) => service !== anyName)
      for (const service of new Set([...listedOrAny(named.services), ...own]))
        services.push({ project, stage, service })
    }
  }
  return services
}

/** If a list is empty, the stand-in makes sure that the files are read, although nothing can be evaluated. */
function listedOrAny(names: readonly string[] | undefined): readonly string[] {
  return names === undefined || names.length === 0 ? [anyName] : names
}

async function checkService(
  service: ServiceKey,
  pushedMetrics: readonly string[],
  deps: ValidationDeps,
): Promise<Checked> {
  try {
    const request = { service, sloText: undefined, pushedMetrics, gitCommitId: undefined }
    const { answers, slo, sloSource, findings, policies } = await loadDefinition(request, deps)
    const unanswered = answers.flatMap((answer) => (isToldHere(answer) ? [answer.message] : []))
    const misspelt = findings.filter(({ code }) => code === 'misspelt_key').map(shownMistake)
    const lines = [
      ...[...unanswered, ...unresolvable(answers, slo, deps)].map((line) => `${sloSource ?? ''}: ${line}`),
      // No evaluation can pass with them.
      ...(policies.misspeltKeys === 'fail' ? misspelt : []),
    ]
    const noted = findings.filter(({ code }) => notedRules.includes(code)).map(shownMistake)
    const notes = [...noted, ...(policies.misspeltKeys === 'fail' ? [] : misspelt)]
    const queries = answered(answers).flatMap((answer) => (answer.kind === 'asked' ? [answer.definition] : []))
    const filter = slo?.filter ?? []
    return { service, slo: sloSource === null ? 'lenient' : 'found', lines, notes, filter, queries }
  } catch (error) {
    if (!(error instanceof PharosError)) throw error
    if (error.code === 'slo_not_found') return { service, slo: 'none', missing: error.message, lines: [] }
    if (error.code === 'stage_not_found' || error.code === 'service_not_found') {
      const name = error.code === 'stage_not_found' ? service.stage : service.service
      return { service, slo: 'none', lines: name === anyName ? [] : [error.message] }
    }
    const lines = error.mistakes.length === 0 ? [error.message] : error.mistakes.map(shownMistake)
    return { service, slo: 'found', lines }
  }
}

/** Findings about the meaning of a provider's numbers: the files are valid, but the result may be wrong. */
const notedRules: readonly string[] = ['microseconds', 'unit_without_effect']

/** Empty queries are reported when a provider's own files are read. */
function isToldHere(answer: Answer): answer is Extract<Answer, { readonly kind: 'unanswered' }> {
  return answer.kind === 'unanswered' && (answer.definition === null || answer.provider === computedProvider)
}

/** Services with definitions or a name in project.yaml, but without an slo.yaml. */
async function missingSlos(
  tree: Tree,
  all: readonly Checked[],
  { shown, deps }: { readonly shown: string; readonly deps: CheckDeps },
): Promise<readonly string[]> {
  if (all.every(({ slo }) => slo !== 'found')) return [`${shown}: no slo.yaml found: no service can be judged`]
  const lines: string[] = []
  for (const { project, hasFiles, folders } of tree.projects) {
    const own = all.filter(({ service }) => service.project === project)
    if (own.every(({ slo }) => slo === 'none')) {
      if (hasFiles) lines.push(`${project}: there is no slo.yaml for any of its services`)
      continue
    }
    const withFiles = folders.filter((folder) => folder.hasFiles)
    for (const { service, missing } of own) {
      const isOwn = withFiles.some((folder) => folder.stage === service.stage && folder.service === service.service)
      if (isOwn && missing !== undefined) lines.push(missing)
    }
    for (const name of (await namesInProject(project, deps)).services ?? []) {
      const ofName = own.filter(({ service }) => service.service === name)
      if (ofName.some(({ slo }) => slo !== 'none')) continue
      lines.push(`${project}: there is no slo.yaml for service ${name} in any stage, but project.yaml lists it`)
    }
  }
  return lines
}

function shownMistake({
  file,
  line,
  column,
  message,
  fix,
}: Pick<Mistake, 'file' | 'line' | 'column' | 'message' | 'fix'>) {
  const told = `${[file, line, column].filter((part) => part !== undefined).join(':')}: ${message}`
  return fix === undefined ? told : `${told}; fix: ${fix}`
}
