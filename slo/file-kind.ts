import type { Note } from './fields.ts'
import type { YamlValue } from './yaml-tree.ts'
import { readYaml, YamlError } from './yaml.ts'

/** The keys of a mapping, and the values of some of them. */
interface Root {
  readonly has: (...keys: readonly string[]) => boolean
  /** The text of a key's value; empty if there is none. */
  readonly text: (key: string) => string
  readonly value: (key: string) => YamlValue | undefined
}

/** A kind of file that another tool uses, and what to do with it. */
interface OtherKind {
  /** Including its article. */
  readonly what: string
  readonly fix: string
  readonly isIt: (root: Root) => boolean
}

const notImported = (instead: string): string => `it cannot be imported; ${instead}`
const byHand = notImported('write its limits as objectives in an slo.yaml')

const validated = 'pharos validate checks it, along with all other definitions'

/** The most specific ones first. */
const otherKinds: readonly OtherKind[] = [
  {
    what: 'a Dynatrace dashboard',
    fix: 'convert it with pharos import dynatrace-dashboard FILE',
    isIt: ({ has }) => has('dashboardMetadata'),
  },
  {
    what: 'a new-style Dynatrace dashboard',
    fix: notImported('pharos import dynatrace-dashboard accepts only classic dashboards'),
    isIt: ({ has }) => has('tiles', 'version'),
  },
  {
    what: 'a Keptn shipyard',
    fix: notImported('stages are folders of a project, or are listed in its project.yaml'),
    isIt: ({ text, value }) =>
      text('kind') === 'Shipyard' ||
      itemsHave(value('stages'), 'deployment_strategy') ||
      itemsHave(value('stages'), 'test_strategy') ||
      itemsHave(value('stages'), 'sequences'),
  },
  {
    what: 'a Keptn Lifecycle Toolkit file',
    fix: byHand,
    isIt: ({ text }) => /^(?:lifecycle|metrics|options)\.keptn\.sh\//.test(text('apiVersion')),
  },
  { what: 'an OpenSLO file', fix: byHand, isIt: ({ text }) => text('apiVersion').startsWith('openslo') },
  {
    what: 'a Sloth file',
    fix: byHand,
    isIt: ({ text, has }) =>
      text('apiVersion').startsWith('sloth.') || (has('slos') && text('version').startsWith('prometheus/')),
  },
  {
    what: 'a Kubernetes ConfigMap',
    fix: notImported('move the text under its data to a separate file'),
    isIt: ({ text }) => text('kind') === 'ConfigMap',
  },
  {
    what: "a dynatrace.conf.yaml of Keptn's dynatrace-service",
    fix: notImported('configure environments and tokens as providers in pharos.yaml'),
    isIt: ({ has }) => has('dtCreds') || has('dashboard', 'spec_version') || has('attachRules'),
  },
  {
    what: 'a perfspec',
    fix: notImported('write each of its indicators as an objective in an slo.yaml'),
    isIt: ({ value }) => itemsHave(value('indicators'), 'grading') || itemsHave(value('indicators'), 'metricScore'),
  },
  {
    what: 'a Keptn 0.5 service indicators file',
    fix: notImported('write them in an sli.yaml, as names with queries'),
    isIt: ({ value }) => itemsHave(value('indicators'), 'metric'),
  },
  {
    what: 'a Keptn 0.5 service objectives file',
    fix: notImported('write them in an slo.yaml, as metrics with criteria'),
    isIt: ({ value }) => itemsHave(value('objectives'), 'metric') && itemsHave(value('objectives'), 'threshold'),
  },
  {
    what: 'a pharos.yaml',
    fix: validated,
    isIt: ({ has }) => has('definitions') || has('providers') || has('sinks') || has('apiTokens'),
  },
  {
    what: 'a Pharos project.yaml',
    fix: validated,
    isIt: ({ has }) => ['policies', 'services', 'stages', 'window', 'requests', 'provider'].some((key) => has(key)),
  },
  {
    what: 'a Pharos options.yaml',
    fix: validated,
    isIt: ({ value }) => holdsMappings(value('indicators')),
  },
  {
    what: 'a Kubernetes resource',
    fix: notImported('an slo.yaml does not have an apiVersion'),
    isIt: ({ has }) => has('apiVersion', 'kind'),
  },
]

const ours = {
  slo: { what: 'an SLO', fix: 'name it slo.yaml', isIt: ({ has }: Root) => has('objectives') || has('total_score') },
  sli: {
    what: 'an SLI file',
    fix: "name it sli.yaml and put it in its provider's folder",
    isIt: ({ value }: Root) => value('indicators')?.kind === 'map' && !holdsMappings(value('indicators')),
  },
} as const satisfies Readonly<Record<string, OtherKind>>

/** The issue for a file that should be an SLO or an SLI file but clearly is something else. Never reported for a valid file. */
export function otherKindOf(value: YamlValue, meant: 'slo' | 'sli'): Note | undefined {
  const root = rootOf(value)
  if (root === undefined || (meant === 'slo' ? root.has('total_score') : ours.sli.isIt(root))) return undefined
  const isOurs = ours[meant].isIt(root)
  const other = meant === 'slo' ? ours.sli : ours.slo
  const found = otherKinds.find(({ isIt }) => isIt(root)) ?? (!isOurs && other.isIt(root) ? other : undefined)
  if (found === undefined) return undefined
  return { code: 'other_kind', message: `this is ${found.what}, not ${ours[meant].what}`, at: value.at, fix: found.fix }
}

/** Whether a text is an SLO or an SLI file, whatever its name; undefined if neither is clear. */
export function fileKindOf(text: string): 'slo' | 'sli' | undefined {
  const root = rootIn(text)
  if (root === undefined) {
    // Even if the text is not YAML, its lines show the kind.
    if (/^"?(?:objectives|total_score)"?\s*:/m.test(text)) return 'slo'
    return /^"?indicators"?\s*:/m.test(text) ? 'sli' : undefined
  }
  if (ours.slo.isIt(root)) return 'slo'
  return ours.sli.isIt(root) ? 'sli' : undefined
}

function rootIn(text: string): Root | undefined {
  try {
    const { root } = readYaml(text)
    return root && rootOf(root)
  } catch (error) {
    if (error instanceof YamlError) return undefined
    throw error
  }
}

function rootOf(value: YamlValue): Root | undefined {
  if (value.kind !== 'map') return undefined
  const fields = new Map(value.entries.map(({ key, value: field }) => [key.kind === 'scalar' ? key.text : '', field]))
  return {
    has: (...keys) => keys.every((key) => fields.has(key)),
    text: (key) => {
      const field = fields.get(key)
      return field?.kind === 'scalar' ? field.text : ''
    },
    value: (key) => fields.get(key),
  }
}

/** Whether a mapping contains only mappings: a valid SLI file has strings there. */
function holdsMappings(value: YamlValue | undefined): boolean {
  return value?.kind === 'map' && value.entries.length > 0 && value.entries.every((entry) => entry.value.kind === 'map')
}

/** Whether any item of a list has a key. */
function itemsHave(value: YamlValue | undefined, name: string): boolean {
  if (value?.kind !== 'list') return false
  return value.items.some(
    (item) => item.kind === 'map' && item.entries.some(({ key }) => key.kind === 'scalar' && key.text === name),
  )
}
