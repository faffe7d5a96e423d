import { nearestWord, slippedWord } from './near-miss.ts'

/** A mapping that a file may contain. */
export interface KnownMapping {
  /** Its name in sentences. */
  readonly what: string
  /** Where its keys belong, in sentences. */
  readonly where: string
  readonly keys: readonly string[]
  /** True if it is the whole file. */
  readonly isRoot?: boolean
}

/** An extension that Keptn does not know. */
export const gateKey = 'x-gate'

/** The mappings of an `slo.yaml`. */
export const sloMappings = {
  slo: {
    what: 'an SLO',
    where: 'at the root',
    isRoot: true,
    keys: ['spec_version', 'filter', 'comparison', 'objectives', 'total_score', gateKey],
  },
  comparison: {
    what: 'comparison',
    where: 'in comparison',
    keys: ['compare_with', 'include_result_with_score', 'number_of_comparison_results', 'aggregate_function'],
  },
  objective: {
    what: 'an objective',
    where: 'in an objective',
    keys: ['sli', 'displayName', 'pass', 'warning', 'weight', 'key_sli'],
  },
  pass: { what: 'an entry of pass', where: 'in an entry of pass', keys: ['criteria'] },
  warning: { what: 'an entry of warning', where: 'in an entry of warning', keys: ['criteria'] },
  totalScore: { what: 'total_score', where: 'in total_score', keys: ['pass', 'warning'] },
} as const satisfies Readonly<Record<string, KnownMapping>>

/** The mappings of an `sli.yaml` whose keys are not names of indicators. */
export const sliMappings = {
  sli: { what: 'an SLI file', where: 'at the root', isRoot: true, keys: ['spec_version', 'indicators'] },
} as const satisfies Readonly<Record<string, KnownMapping>>

const keyLists = new WeakMap<readonly KnownMapping[], readonly string[]>()

/** Cached for each list of mappings, since it is needed for every unknown key. */
function keysOf(mappings: readonly KnownMapping[]): readonly string[] {
  const keys = keyLists.get(mappings) ?? mappings.flatMap((mapping) => mapping.keys)
  keyLists.set(mappings, keys)
  return keys
}

/** Keys that never change a result. */
const decidesNothing: readonly string[] = ['spec_version', 'displayName']

/** The finding about a key that a mapping does not know. */
export interface UnknownKey {
  /** `misspelt`: it most likely stands for a key that would have changed the result. */
  readonly kind: 'misspelt' | 'unknown'
  readonly message: string
  readonly fix?: string
}

/**
 * The key that was most likely meant by an unknown key of `mapping`: a similar key of the mapping itself, or a key of another
 * one of the file's `mappings`. `present` are the keys that the mapping has. Undefined for extension keys.
 */
export function unknownKey(
  text: string,
  mapping: KnownMapping,
  mappings: readonly KnownMapping[],
  present: ReadonlySet<string>,
): UnknownKey | undefined {
  const everyKey = keysOf(mappings)
  if (text.startsWith('x-') && !everyKey.includes(text)) return undefined
  const name = JSON.stringify(text)
  const here = nearestWord(text, mapping.keys)
  const elsewhere = here === undefined ? slippedWord(text, everyKey) : undefined
  const meant = here ?? elsewhere
  if (meant === undefined) {
    const message = `${name} is not a key of ${mapping.what} and has no effect; the keys are ${mapping.keys.join(', ')}`
    return { kind: 'unknown', message }
  }
  const kind = decidesNothing.includes(meant) ? 'unknown' : 'misspelt'
  if (here !== undefined) {
    const message = `${name} is not a key of ${mapping.what} and has no effect; most likely ${here} was intended`
    return { kind, message, fix: present.has(here) ? `remove it: ${here} is already present` : `write ${here}` }
  }
  const owners = mappings.filter(({ keys }) => keys.includes(meant)).map(({ where }) => where)
  const message = `${name} has no effect in ${mapping.what}: ${meant} belongs ${owners.join(' or ')}`
  return { kind, message, fix: `write ${meant} ${owners.join(' or ')}` }
}
