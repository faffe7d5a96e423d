import { z } from 'zod'
import type { Mistake } from '../base/errors.ts'
import { nearestName } from '../base/near-name.ts'
import type { ServiceKey } from '../base/names.ts'
import { exactly, Text } from '../base/setting-kinds.ts'
import { placesOfKeys, readSettings } from '../base/yaml-settings.ts'
import type { DefinitionFiles, TextFile } from './files.ts'

export type IndicatorOptions = Readonly<Record<string, unknown>>

/** What is wrong with one indicator's options; `path` is dotted, from the options on, and empty for them as a whole. */
export type OptionMistakes = (
  options: IndicatorOptions,
) => readonly { readonly path: string; readonly message: string }[]

export interface ServiceOptions {
  /** By indicator: the whole entry of the narrowest level that has one. */
  readonly options: ReadonlyMap<string, IndicatorOptions>
  readonly mistakes: readonly Mistake[]
  /** The files that could be read, the widest first. */
  readonly texts: readonly { readonly file: string; readonly text: string }[]
}

/** Reads and overlays the `options.yaml` files beside the `sli.yaml` files of a provider's folder, project < stage < service. */
export async function readOptions(
  from: DefinitionFiles,
  { project, stage, service }: ServiceKey,
  provider: string,
  optionMistakes: OptionMistakes,
): Promise<ServiceOptions> {
  const folders = [project, `${project}/${stage}`, `${project}/${stage}/${service}`]
  const files = await Promise.all(folders.map((folder) => from.read(`${folder}/${provider}/options.yaml`)))
  const levels = files.map((file) => levelOf(file, optionMistakes))
  return {
    options: new Map(levels.flatMap(({ options }) => [...options])),
    mistakes: levels.flatMap(({ mistakes }) => mistakes),
    texts: levels.flatMap(({ texts }) => texts),
  }
}

/** The names below `indicators` in the text of an `options.yaml` or `sli.yaml`, with their places. */
export function placesOfIndicators(text: string): ReturnType<typeof placesOfKeys> {
  return placesOfKeys(text, ['indicators'])
}

/** A mistake in that file: an entry that no `sli.yaml` has an indicator for. */
export function unusedOption(
  name: string,
  known: readonly string[],
): { readonly message: string; readonly fix: string } {
  const nearest = nearestName(name, known)
  return {
    message: `there are options for ${JSON.stringify(name)}, which is in no sli.yaml of this provider, so they have no effect`,
    fix: nearest === undefined ? 'correct the name, or remove the entry' : `write ${JSON.stringify(nearest)}`,
  }
}

function levelOf(file: TextFile, optionMistakes: OptionMistakes): ServiceOptions {
  if (file.kind === 'absent') return { options: new Map(), mistakes: [], texts: [] }
  if (file.kind === 'unreadable') return { options: new Map(), mistakes: [file.mistake], texts: [] }
  const read = readSettings(file.text, () => fileSchema(optionMistakes))
  const texts = [{ file: file.path, text: file.text }]
  if (read.kind === 'valid') return { options: new Map(Object.entries(read.value.indicators)), mistakes: [], texts }
  return { options: new Map(), mistakes: read.mistakes.map((mistake) => ({ ...mistake, file: file.path })), texts }
}

function fileSchema(optionMistakes: OptionMistakes) {
  const Options = z.record(z.string(), z.unknown(), { error: 'must be a mapping' }).superRefine((options, context) => {
    for (const { path, message } of optionMistakes(options)) {
      context.addIssue({ code: 'custom', path: path === '' ? [] : path.split('.'), message })
    }
  })
  return exactly({
    indicators: z.record(Text, Options, { error: 'must map the names of indicators to their options' }).default({}),
  })
}
