import { PharosError, type ErrorCode, type Mistake } from '../errors.ts'
import type { ServiceKey } from '../service.ts'
import { byPlace, lint, parseSlo, SloError, type Finding, type Issue, type Slo } from '../../slo/index.ts'
import { findAnswers, mistakesOf, type Answer, type Answering } from './answers.ts'
import { gitCommit } from './git.ts'
import { readProject, type Project, type ProjectPolicies } from './project.ts'
import { remember } from '../remember.ts'
import { findSlo, type SloFile } from './slo-file.ts'
import type { ServiceSli } from './sli-files.ts'

export type { Answer } from './answers.ts'

export interface DefinitionRequest {
  readonly service: ServiceKey
  /** An SLO that came with the request; it wins over files. */
  readonly sloText: string | undefined
  /** Metrics whose values came with the request. */
  readonly pushedMetrics: readonly string[]
  /** The commit that the request was made for. */
  readonly gitCommitId: string | undefined
}

export interface DefinitionDeps {
  /** The folder that holds a folder for each project. */
  readonly root: string
  /** Names of the configured provider instances. */
  readonly providers: readonly string[]
  readonly defaultProvider: string
  /** What an instance says of an indicator's options. */
  readonly optionMistakes: Answering['optionMistakes']
  /** What an instance asks for indicators that no file holds; without it, no instance has such a pack. */
  readonly packOf?: (instance: string, filter: Slo['filter']) => ReadonlyMap<string, string>
}

/** Everything the files say about one evaluation. */
export interface Definition {
  /** `slo` and its text and source are null together: there is none, and the policy `missingSlo` is pass. */
  readonly slo: Slo | null
  readonly sloText: string | null
  /** Its path below the root, or `inline`. */
  readonly sloSource: string | null
  readonly policies: ProjectPolicies
  /** Of the checkout the files are in; null when they are in none. */
  readonly gitCommit: string | null
  /** One per objective, in their order. */
  readonly answers: readonly Answer[]
  /** What is valid and has no effect, or another one than it seems; each with its place. */
  readonly findings: readonly Mistake[]
}

/** `parseSlo`, with what recent texts became kept. */
export const parseSloOnce = remember((text) => parseSlo(text))

const lintOnce = remember((text: string, files: string) => lint(text, JSON.parse(files), [], { misspeltKeys: 'allow' }))

/**
 * Not for an evaluation: it says itself what it could not ask, values may come with the request, and a project's files serve
 * other services too.
 */
const ofTheFilesAlone = ['indicator_missing', 'indicator_unused']

/** Findings of the linter, each with its place in the request or below the root. */
function lintedOnce(source: SloFile, slis: readonly ServiceSli[]): readonly Mistake[] {
  if (source.kind !== 'found') return []
  const place = source.path === inline ? { pointer: '/slo' } : { file: source.path }
  const files = slis.flatMap(({ texts }) => texts)
  return lintOnce(source.text, JSON.stringify(files))
    .filter(({ rule }) => !ofTheFilesAlone.includes(rule))
    .map((finding) => toMistake(finding, place))
}

function toMistake({ rule, severity, file, line, column, message, fix, indicator }: Finding, place: object): Mistake {
  const known = { ...(file !== undefined && { file }), ...(indicator !== undefined && { indicator }) }
  return { code: rule, severity, message, fix, ...place, ...known, line, column }
}

/**
 * Reads all files that one evaluation needs, and settles who answers each objective. Throws PharosError
 * `git_commit_mismatch`, `service_not_found`, `slo_not_found`, and `project_invalid`, `slo_invalid` or `sli_invalid` (the first that
 * holds) with the mistakes of all files.
 */
export async function loadDefinition(request: DefinitionRequest, deps: DefinitionDeps): Promise<Definition> {
  const { service } = request
  const [commit, { project, mistakes }, source] = await Promise.all([
    gitCommit(deps.root),
    readProject(deps.root, service.project, deps.providers),
    sloSource(request, deps.root),
  ])
  refuseOtherCommit(request.gitCommitId, commit)
  refuseUnknownService(service, project)
  const { slo, indicators, ...noted } = readSlo(source)
  const { providers: instances, defaultProvider, optionMistakes } = deps
  const pack = (instance: string) => deps.packOf?.(instance, slo?.filter ?? []) ?? new Map()
  const answering = { service, project, instances, defaultProvider, optionMistakes, pack }
  const found = await findAnswers(indicators, request.pushedMetrics, answering, deps.root)
  const { answers, slis, options } = found
  const { misspeltKeys } = project.policies
  refuseMistakes([
    { code: 'project_invalid', mistakes },
    { code: 'slo_invalid', mistakes: misspeltKeys === 'refuse' ? noted.mistakesAndMisspelt : noted.mistakes },
    {
      code: 'sli_invalid',
      mistakes: [
        ...[...slis, ...options].flatMap(({ mistakes: ofFiles }) => ofFiles),
        // No judgement can be capped for them: an indicator that is not defined is all that is seen of one.
        ...(misspeltKeys === 'keptn' ? [] : slis.flatMap(({ misspelt }) => misspelt)),
        ...found.mistakes,
      ],
    },
  ])
  refuseMissingSlo(source, service, project)
  const text = slo !== null && source.kind === 'found' ? { sloText: source.text, sloSource: source.path } : noText
  const findings = slo === null ? [] : [...lintedOnce(source, slis), ...packFindings(answers, slis)]
  return { slo, ...text, policies: project.policies, gitCommit: commit, answers, findings }
}

/** What is wrong in the files of `folders`, named after providers, for one service, also where no objective asks for them. */
export async function mistakesOfProviders(
  service: ServiceKey,
  folders: readonly string[],
  deps: DefinitionDeps,
): Promise<readonly Mistake[]> {
  const { project } = await readProject(deps.root, service.project, deps.providers)
  const { providers: instances, defaultProvider, optionMistakes } = deps
  const answering = { service, project, instances, defaultProvider, optionMistakes, pack: () => new Map() }
  return (await Promise.all(folders.map((folder) => mistakesOf(folder, answering, deps.root)))).flat()
}

/** Where files say what is asked, nothing else is asked without a word. */
function packFindings(answers: readonly Answer[], slis: readonly ServiceSli[]): readonly Mistake[] {
  return slis.flatMap(({ read, packed }) => {
    const isPacked = (answer: Answer) =>
      answer.kind === 'asked' &&
      packed.some(({ instance, name }) => instance === answer.provider && name === answer.name)
    const asked = [
      ...new Set(
        answered(answers)
          .filter(isPacked)
          .map(({ indicator }) => indicator),
      ),
    ]
    if (read.length === 0 || asked.length === 0) return []
    const message = `${asked.join(', ')}: not in ${read.join(', ')}, and asked as the provider's indicatorPack has it`
    return [{ code: 'indicator_from_pack', message }]
  })
}

/** Answers, and those to the inputs of formulas among them. */
function answered(answers: readonly Answer[]): readonly Answer[] {
  return answers.flatMap((answer) => [answer, ...(answer.kind === 'computed' ? answered(answer.inputs) : [])])
}

const inline = 'inline'
const noText = { sloText: null, sloSource: null }

async function sloSource({ service, sloText }: DefinitionRequest, root: string): Promise<SloFile> {
  return sloText === undefined ? findSlo(root, service) : { kind: 'found', path: inline, text: sloText }
}

function refuseOtherCommit(wanted: string | undefined, commit: string | null): void {
  if (wanted === undefined || commit === null || wanted === commit) return
  throw new PharosError('git_commit_mismatch', `the definitions are those of commit ${commit}, not of ${wanted}`)
}

function refuseUnknownService({ project, service }: ServiceKey, { services }: Project): void {
  if (services === undefined || services.includes(service)) return
  const list = services.length === 0 ? 'none' : services.join(', ')
  throw new PharosError('service_not_found', `${project}/project.yaml lists the services of the project: ${list}`)
}

interface SloRead {
  readonly slo: Slo | null
  /** The `sli` of each objective. */
  readonly indicators: readonly string[]
  readonly mistakes: readonly Mistake[]
  /** With the keys that are most likely misspelt ones, in the order of the file. */
  readonly mistakesAndMisspelt: readonly Mistake[]
}

function readSlo(source: SloFile): SloRead {
  if (source.kind === 'absent') return { slo: null, indicators: [], mistakes: [], mistakesAndMisspelt: [] }
  if (source.kind === 'unreadable') return unknownSlo([source.mistake])
  const place = source.path === inline ? { pointer: '/slo' } : { file: source.path }
  const placed = (issues: readonly Issue[]) => issues.toSorted(byPlace).map((issue) => ({ ...issue, ...place }))
  try {
    const slo = parseSloOnce(source.text)
    const indicators = slo.objectives.map(({ indicator }) => indicator)
    return { slo, indicators, mistakes: [], mistakesAndMisspelt: placed(slo.misspelt) }
  } catch (error) {
    if (!(error instanceof SloError)) throw error
    return unknownSlo(placed(error.issues), placed([...error.issues, ...error.misspelt]))
  }
}

/** Its one nameless indicator is the default provider's, so that the mistakes of its files are told with the SLO's. */
function unknownSlo(mistakes: readonly Mistake[], mistakesAndMisspelt = mistakes): SloRead {
  return { slo: null, indicators: [''], mistakes, mistakesAndMisspelt }
}

/** The error's code is that of the first group with mistakes; it carries the mistakes of all. */
function refuseMistakes(groups: readonly { readonly code: ErrorCode; readonly mistakes: readonly Mistake[] }[]): void {
  const first = groups.find(({ mistakes }) => mistakes.length > 0)
  if (first === undefined) return
  const mistakes = groups.flatMap((group) => group.mistakes)
  const count = mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`
  throw new PharosError(first.code, `the definition holds ${count}`, { mistakes })
}

function refuseMissingSlo(source: SloFile, { project, stage, service }: ServiceKey, { policies }: Project): void {
  if (source.kind !== 'absent' || policies.missingSlo === 'pass') return
  const message = `there is no slo.yaml for service ${service} in stage ${stage} of project ${project}; looked for ${source.looked.join(', ')}`
  throw new PharosError('slo_not_found', message)
}
