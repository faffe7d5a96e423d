import {
  acceptedSloLimits,
  byPlace,
  defaultSloLimits,
  lint,
  parseSlo,
  SloError,
  sloLimitsOf,
  type Finding,
  type Issue,
  type Slo,
  type SloLimits,
} from '../../slo/index.ts'
import type { Mistake } from '../base/errors.ts'
import { remember } from '../base/memoize.ts'
import type { ServiceSli } from './sli-files.ts'
import type { SloFile } from './slo-file.ts'

/** In place of a path, for an SLO that came with the request. */
export const inline = 'inline'

let limitsNow = defaultSloLimits

/** The same ones for the same number, so that a text that was just read is not read again. */
function limitsOf(objectivesMax: number): SloLimits {
  if (limitsNow.objectivesMax !== objectivesMax) limitsNow = sloLimitsOf(objectivesMax)
  return limitsNow
}

/** `parseSlo`, with what recent texts became kept. */
const parseSloOnce = remember((text: string, objectivesMax: string) => parseSlo(text, limitsOf(Number(objectivesMax))))

/** `parseSlo` for texts that were accepted, by whatever limits, with what recent ones became kept. */
export const parseAcceptedSlo = remember((text) => parseSlo(text, acceptedSloLimits))

const lintOnce = remember((text: string, files: string, objectivesMax: string) =>
  lint(text, JSON.parse(files), [], { misspeltKeys: 'allow', limits: limitsOf(Number(objectivesMax)) }),
)

/**
 * Not for an evaluation: it says itself what it could not ask, values may come with the request, and a project's files serve
 * other services too.
 */
const ofTheFilesAlone = [
  'indicator_missing',
  'indicator_unused',
  'placeholder_unknown',
  'placeholder_ambiguous',
  'filter_key_missing',
]

/** An evaluation's findings about its files, each with its place in the request or below the root. */
export function lintedOnce(
  source: SloFile,
  slis: readonly ServiceSli[],
  objectivesMax = defaultSloLimits.objectivesMax,
): readonly Mistake[] {
  if (source.kind !== 'found') return []
  const place = source.path === inline ? { pointer: '/slo' } : { file: source.path }
  const files = slis.flatMap(({ texts }) => texts)
  return lintOnce(source.text, JSON.stringify(files), String(objectivesMax))
    .filter(({ rule }) => !ofTheFilesAlone.includes(rule))
    .map((finding) => toMistake(finding, place))
}

function toMistake({ rule, severity, file, line, column, message, fix, indicator }: Finding, place: object): Mistake {
  const known = { ...(file !== undefined && { file }), ...(indicator !== undefined && { indicator }) }
  return { code: rule, severity, message, fix, ...place, ...known, line, column }
}

export interface SloRead {
  readonly slo: Slo | null
  /** The `sli` of each objective. */
  readonly indicators: readonly string[]
  readonly mistakes: readonly Mistake[]
  /** With the keys that are most likely misspelt, in the order of the file. */
  readonly mistakesAndMisspelt: readonly Mistake[]
}

/** What a file or a request says of objectives. */
export function readSlo(source: SloFile, objectivesMax = defaultSloLimits.objectivesMax): SloRead {
  if (source.kind === 'absent') return { slo: null, indicators: [], mistakes: [], mistakesAndMisspelt: [] }
  if (source.kind === 'unreadable') return unknownSlo([source.mistake])
  const place = source.path === inline ? { pointer: '/slo' } : { file: source.path }
  const placed = (issues: readonly Issue[]) => issues.toSorted(byPlace).map((issue) => ({ ...issue, ...place }))
  try {
    const slo = parseSloOnce(source.text, String(objectivesMax))
    const indicators = slo.objectives.map(({ indicator }) => indicator)
    return { slo, indicators, mistakes: [], mistakesAndMisspelt: placed(slo.misspelt) }
  } catch (error) {
    if (!(error instanceof SloError)) throw error
    return unknownSlo(placed(error.issues), placed([...error.issues, ...error.misspelt]))
  }
}

/** Its one nameless indicator is the default provider's, so that mistakes in its files are reported with those of the SLO. */
function unknownSlo(mistakes: readonly Mistake[], mistakesAndMisspelt = mistakes): SloRead {
  return { slo: null, indicators: [''], mistakes, mistakesAndMisspelt }
}
