import { placeholderProblems, type Slo } from '../../slo/index.ts'
import { computedProvider } from './answer.ts'
import type { Mistake } from '../base/errors.ts'
import type { ServiceKey } from '../base/names.ts'
import { findAnswers, instanceOf, type Answering } from './answers.ts'
import { mistakeOf } from './computed.ts'
import { folderFiles } from './files.ts'
import type { DefinitionDeps } from './load.ts'
import { placesOfIndicators, readOptions, type IndicatorOptions } from './option-files.ts'
import { readProject } from './project.ts'
import { readSli } from './sli-files.ts'
import type { PlaceholderDeps } from './unresolvable.ts'

/** Checks that evaluations do not need: files that no objective uses. */

export interface CheckDeps extends DefinitionDeps {
  /** Why an instance could never ask a query as written in the file, whatever the system answers. */
  readonly unaskable?: (instance: string, asked: AskedQuery) => string | undefined
}

interface AskedQuery {
  readonly query: string
  readonly options?: IndicatorOptions
}

/** Indicators in the files of `folders`, named after providers, that could never be asked for one service. */
export async function unaskableIndicators(
  service: ServiceKey,
  folders: readonly string[],
  deps: CheckDeps,
): Promise<readonly Mistake[]> {
  const { unaskable } = deps
  if (unaskable === undefined) return []
  const answering = await answeringFor(service, deps)
  const found = folders.map(async (folder) => {
    const instance = instanceOf(folder, answering)
    if (instance === undefined) return []
    const [sli, { options }] = await Promise.all([
      readSli(answering.from, service, folder),
      readOptions(answering.from, service, folder, answering.optionMistakes(instance)),
    ])
    return [...sli.indicators].flatMap(([name, { query }]) => {
      // An empty query is a mistake of its own.
      if (query.trim() === '') return []
      const given = options.get(name)
      const why = unaskable(instance, given === undefined ? { query } : { query, options: given })
      if (why === undefined) return []
      return [mistakeOf(sli, name, 'indicator_unaskable', `${JSON.stringify(name)} can never be asked: ${why}`)]
    })
  })
  return (await Promise.all(found)).flat()
}

/** One formula or query as one service sees it. */
export interface CheckedQuery {
  /** Its file and line. */
  readonly place: string
  readonly mistakes: readonly Mistake[]
}

/** Queries in the files of `folders` other than `used`: whether their placeholders can be filled by the service's SLO. */
export async function checkPlaceholders(
  {
    service,
    filter,
    used,
  }: { readonly service: ServiceKey; readonly filter: Slo['filter']; readonly used: ReadonlySet<string> },
  folders: readonly string[],
  deps: CheckDeps & PlaceholderDeps,
): Promise<readonly CheckedQuery[]> {
  const answering = await answeringFor(service, deps)
  const found = folders.map(async (folder) => {
    const instance = instanceOf(folder, answering)
    if (instance === undefined) return []
    const sli = await readSli(answering.from, service, folder)
    return [...sli.indicators].flatMap(([name, { query }]): readonly CheckedQuery[] => {
      const place = sli.places.get(name)
      if (place === undefined || used.has(query)) return []
      const problems = placeholderProblems(query, { filter, environment: deps.environment }, deps.escapeFor(instance))
      const mistakes = problems
        // Another SLO, or that of a request, may have the key.
        .filter(({ code }) => code !== 'filter_key_missing')
        .map(({ code, message, fix }) =>
          mistakeOf(sli, name, code, `${JSON.stringify(name)} can never be asked: ${message}; ${fix}`),
        )
      return [{ place: `${place.file}:${place.line}`, mistakes }]
    })
  })
  return (await Promise.all(found)).flat()
}

/** An entry of an options.yaml. */
export interface OptionEntry {
  readonly name: string
  readonly file: string
  readonly line: number
  readonly column: number
}

/** What a service's options.yaml files have options for, and the names of the indicators that it has, by folder. */
export async function namesOfOptions(
  service: ServiceKey,
  folders: readonly string[],
  deps: CheckDeps,
): Promise<
  readonly { readonly folder: string; readonly options: readonly OptionEntry[]; readonly known: readonly string[] }[]
> {
  const answering = await answeringFor(service, deps)
  return Promise.all(
    folders.map(async (folder) => {
      const instance = instanceOf(folder, answering)
      if (instance === undefined) return { folder, options: [], known: [] }
      const [{ indicators }, { texts }] = await Promise.all([
        readSli(answering.from, service, folder),
        readOptions(answering.from, service, folder, answering.optionMistakes(instance)),
      ])
      const options = texts.flatMap(({ file, text }) =>
        [...placesOfIndicators(text)].map(([name, place]) => ({ name, file, ...place })),
      )
      return { folder, options, known: [...indicators.keys(), ...answering.pack(instance).keys()] }
    }),
  )
}

/** Every formula that a service sees: whether it can be read, and whether its inputs have answers. */
export async function checkFormulas(
  service: ServiceKey,
  pushedMetrics: readonly string[],
  deps: CheckDeps,
): Promise<readonly CheckedQuery[]> {
  const answering = await answeringFor(service, deps)
  const { places } = await readSli(answering.from, service, computedProvider)
  return Promise.all(
    [...places].map(async ([name, { file, line }]) => {
      const { mistakes } = await findAnswers([`${computedProvider}:${name}`], pushedMetrics, answering)
      return { place: `${file}:${line}`, mistakes }
    }),
  )
}

/** The services and stages that a project's own file lists; undefined where the list is open. */
export async function namesInProject(
  project: string,
  deps: CheckDeps,
): Promise<{ readonly services: readonly string[] | undefined; readonly stages: readonly string[] | undefined }> {
  const { services, stageNames } = (await readProject(folderFiles(deps), project, deps.providers)).project
  return { services, stages: stageNames }
}

export async function answeringFor(service: ServiceKey, deps: CheckDeps): Promise<Answering> {
  const from = folderFiles(deps)
  const { project } = await readProject(from, service.project, deps.providers)
  const { providers: instances, defaultProvider, optionMistakes } = deps
  const pack: Answering['pack'] = (instance) => deps.packOf?.(instance, []) ?? new Map()
  return { from, service, project, instances, defaultProvider, optionMistakes, pack }
}
