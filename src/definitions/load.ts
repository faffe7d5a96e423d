import { PharosError, type ErrorCode, type Mistake } from '../base/errors.ts'
import type { Warning } from '../base/warning.ts'
import type { ServiceKey } from '../base/names.ts'
import type { Slo } from '../../slo/index.ts'
import { answered, type Answer } from './answer.ts'
import { findAnswers, mistakesOf, type Answering } from './answers.ts'
import { folderFiles, type DefinitionFiles } from './files.ts'
import { createFolders } from './folders.ts'
import { openDefinitions } from './open.ts'
import { readProject, windowRulesOf, type Project, type ProjectPolicies, type WindowRules } from './project.ts'
import type { Repositories } from './repositories.ts'
import { pushedFindings, refuseInlineSlo, refusePushedOverMeasured } from './request-rules.ts'
import { findSlo, type SloFile } from './slo-file.ts'
import { inline, lintedOnce, readSlo } from './slo-text.ts'
import type { Root } from './root.ts'
import type { ServiceSli } from './sli-files.ts'
import { refuseUnlisted, unlistedNames, type UnlistedName } from './unlisted.ts'

export type { Answer } from './answer.ts'

export interface DefinitionRequest {
  readonly service: ServiceKey
  /** An SLO that came with the request; it wins over files. */
  readonly sloText: string | undefined
  /** Metrics whose values came with the request. */
  readonly pushedMetrics: readonly string[]
  /** Metrics whose values are in a report that came with the request. */
  readonly reportedMetrics?: readonly string[]
  /** The commit whose files are read, instead of those in the folder. */
  readonly gitCommitId: string | undefined
}

/** The root holds a folder for each project. */
export interface DefinitionDeps extends Root {
  /** The git repositories that the folders may be in; without them, no commit is looked for. */
  readonly repositories?: Repositories
  /** Names of the configured provider instances. */
  readonly providers: readonly string[]
  readonly defaultProvider: string
  /** Of one SLO; without it, the default of `parseSlo`. */
  readonly objectivesMax?: number
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
  /** Of the stage. */
  readonly window: WindowRules
  /** Names that neither a list nor a folder has. */
  readonly unlisted: readonly UnlistedName[]
  /** An inline SLO's evaluations belong to the service's history instead of one of their own. */
  readonly isInlineOwn: boolean
  /** Of the repository that the files are in, with `-dirty` if they differ from it; null if unknown. */
  readonly gitCommit: string | null
  /** One per objective, in their order. */
  readonly answers: readonly Answer[]
  /** What is valid and has no effect, or another one than it seems; each with its place. */
  readonly findings: readonly Mistake[]
  /** Warnings about where the files come from. */
  readonly warnings: readonly Warning[]
}

/**
 * Reads all files that one evaluation needs, and settles who answers each objective. Throws PharosError
 * `commit_unreadable`, `stage_not_found`, `service_not_found`, `slo_not_found`, and `project_invalid`, `slo_invalid` or `sli_invalid` (the first that
 * holds) with the mistakes of all files.
 */
export async function loadDefinition(request: DefinitionRequest, deps: DefinitionDeps): Promise<Definition> {
  const { service } = request
  const folders = createFolders(deps)
  const definitions = await openDefinitions(request, { folders, repositories: deps.repositories })
  const { files } = definitions
  const [{ project, mistakes }, source] = await Promise.all([
    readProject(files, service.project, deps.providers),
    sloSource(request, files),
  ])
  refuseUnlisted(service, project)
  refuseInlineSlo(request, project)
  const { slo, indicators, ...noted } = readSlo(source, deps.objectivesMax)
  const { providers: instances, defaultProvider, optionMistakes } = deps
  const pack = (instance: string) => deps.packOf?.(instance, slo?.filter ?? []) ?? new Map()
  const answering = { from: files, service, project, instances, defaultProvider, optionMistakes, pack }
  const brought = [...request.pushedMetrics, ...(request.reportedMetrics ?? [])]
  const found = await findAnswers(indicators, brought, answering)
  const { answers, slis, options } = found
  const { misspeltKeys } = project.policies
  refuseMistakes([
    { code: 'project_invalid', mistakes },
    { code: 'slo_invalid', mistakes: misspeltKeys === 'refuse' ? noted.mistakesAndMisspelt : noted.mistakes },
    {
      code: 'sli_invalid',
      mistakes: [
        ...[...slis, ...options].flatMap(({ mistakes: ofFiles }) => ofFiles),
        // They cannot cap a judgement: their only effect is an indicator that is not defined.
        ...(misspeltKeys === 'keptn' ? [] : slis.flatMap(({ misspelt }) => misspelt)),
        ...found.mistakes,
      ],
    },
  ])
  refuseMissingSlo(source, service, project)
  refusePushedOverMeasured(request, answers, project)
  const text = slo !== null && source.kind === 'found' ? { sloText: source.text, sloSource: source.path } : noText
  const findings =
    slo === null
      ? []
      : [...lintedOnce(source, slis, deps.objectivesMax), ...packFindings(answers, slis), ...pushedFindings(answers)]
  const { commit, warnings } = await definitions.provenance(isFile(source) ? source.path : null)
  const { policies, requests } = project
  return {
    slo,
    ...text,
    policies,
    window: windowRulesOf(project, service.stage),
    unlisted: await unlistedNames(folders, service, project, instances),
    isInlineOwn: requests.slo === 'allow',
    gitCommit: commit,
    answers,
    findings,
    warnings,
  }
}

/** What is wrong in the files of `folders`, named after providers, for one service, also where no objective asks for them. */
export async function mistakesOfProviders(
  service: ServiceKey,
  folders: readonly string[],
  deps: DefinitionDeps,
): Promise<readonly Mistake[]> {
  const from = folderFiles(deps)
  const { project } = await readProject(from, service.project, deps.providers)
  const { providers: instances, defaultProvider, optionMistakes } = deps
  const answering = { from, service, project, instances, defaultProvider, optionMistakes, pack: () => new Map() }
  return (await Promise.all(folders.map((folder) => mistakesOf(folder, answering)))).flat()
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

const noText = { sloText: null, sloSource: null }

async function sloSource({ service, sloText }: DefinitionRequest, from: DefinitionFiles): Promise<SloFile> {
  return sloText === undefined ? findSlo(from, service) : { kind: 'found', path: inline, text: sloText }
}

function isFile(source: SloFile): source is Exclude<SloFile, { readonly kind: 'absent' }> {
  return source.kind !== 'absent' && source.path !== inline
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
