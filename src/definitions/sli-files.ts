import type { Mistake } from '../base/errors.ts'
import type { ServiceKey } from '../base/names.ts'
import { overlaySli, parseSli, SliError, type Sli } from '../../slo/index.ts'
import type { DefinitionFiles, TextFile } from './files.ts'
import { remember } from '../base/memoize.ts'

/** What one provider is asked for a service. */
export interface ServiceSli {
  /** Project, stage and service overlaid; without the files that hold mistakes. */
  readonly indicators: Sli['indicators']
  /** Where each of them stands that a file holds. */
  readonly places: ReadonlyMap<string, { readonly file: string; readonly line: number }>
  /** Those of `indicators` that no file holds, each with the instance that brings it. */
  readonly packed: readonly { readonly instance: string; readonly name: string }[]
  /** Paths that were read, the widest first. */
  readonly read: readonly string[]
  /** Paths where a file could be and none is, the widest first. */
  readonly absent: readonly string[]
  readonly mistakes: readonly Mistake[]
  /** Keys that are most likely misspelt, in files without mistakes. */
  readonly misspelt: readonly Mistake[]
  /** Problems of single indicators, in files without mistakes. */
  readonly flaws: readonly Mistake[]
  /** The files without mistakes, the widest first. */
  readonly texts: readonly { readonly file: string; readonly text: string }[]
}

const parse = remember(parseSli)

/** Reads and overlays the `sli.yaml` files of a provider's folder on the levels of a service. */
export async function readSli(
  from: DefinitionFiles,
  { project, stage, service }: ServiceKey,
  provider: string,
): Promise<ServiceSli> {
  const folders = [project, `${project}/${stage}`, `${project}/${stage}/${service}`]
  const files = await Promise.all(folders.map((folder) => from.read(`${folder}/${provider}/sli.yaml`)))
  const levels = files.map(levelOf)
  return {
    indicators: overlaySli(levels.flatMap(({ sli }) => (sli === undefined ? [] : [sli]))).indicators,
    places: new Map(levels.flatMap(placesOf)),
    packed: [],
    read: files.filter(({ kind }) => kind !== 'absent').map(({ path }) => path),
    absent: files.filter(({ kind }) => kind === 'absent').map(({ path }) => path),
    mistakes: levels.flatMap(({ mistakes }) => mistakes),
    misspelt: levels.flatMap(({ file, sli }) => (sli?.misspelt ?? []).map((issue) => ({ ...issue, file }))),
    flaws: levels.flatMap(({ file, sli }) =>
      (sli?.findings ?? []).filter(({ code }) => code === 'query_empty').map((issue) => ({ ...issue, file })),
    ),
    texts: levels.flatMap(({ file, sli, text }) => (sli === undefined ? [] : [{ file, text }])),
  }
}

function placesOf({ file, sli }: Level) {
  return [...(sli?.indicators ?? [])].map(([name, { line }]) => [name, { file, line }] as const)
}

interface Level {
  readonly file: string
  readonly sli: Sli | undefined
  readonly text: string
  readonly mistakes: readonly Mistake[]
}

function levelOf(file: TextFile): Level {
  if (file.kind === 'absent') return { file: file.path, sli: undefined, text: '', mistakes: [] }
  if (file.kind === 'unreadable') return { file: file.path, sli: undefined, text: '', mistakes: [file.mistake] }
  try {
    return { file: file.path, sli: parse(file.text), text: file.text, mistakes: [] }
  } catch (error) {
    if (!(error instanceof SliError)) throw error
    const mistakes = error.issues.map((issue) => ({ ...issue, file: file.path }))
    return { file: file.path, sli: undefined, text: '', mistakes }
  }
}
