import type { DefinitionFiles } from '../../src/definitions/files.ts'
import { readOptions } from '../../src/definitions/option-files.ts'
import { readProject } from '../../src/definitions/project.ts'
import { configFileSchema } from '../../src/config/pharos-yaml.ts'
import { PharosError } from '../../src/base/errors.ts'
import { readStructured } from '../../src/intake/cloudevent.ts'
import { toCommand } from '../../src/intake/triggered.ts'
import { invalidRequest, toProblem } from '../../src/http/problem.ts'
import { EvaluationRequest } from '../../src/http/wire/requests.ts'
import { parseJson } from '../../src/base/json.ts'
import { readSettingsAsync } from '../../src/base/yaml-settings.ts'
import { lint, parseSli, parseSlo, SliError, SloError } from '../../slo/index.ts'

/** Reads a text as the service does, up to its answer; throws what is no answer. */
type Reader = (text: string) => unknown

const service = { project: 'a', stage: 'b', service: 'c' }
const asking = 'objectives: [{sli: a, pass: [{criteria: ["<5"]}]}]\ntotal_score: {pass: 90}\n'

const filesOf = (text: string): DefinitionFiles => ({ read: async (path) => ({ kind: 'found', path, text }) })

const arrived = { stageOfType: undefined, arrival: { trust: 'vouched' }, now: new Date() } as const

export const readers = {
  slo: (text) => {
    try {
      parseSlo(text)
      return lint(text, [], [], { misspeltKeys: 'allow' })
    } catch (error) {
      if (error instanceof SloError) return error.issues
      throw error
    }
  },
  sli: (text) => {
    try {
      parseSli(text)
      return lint(asking, [{ file: 'prometheus/sli.yaml', text }], [], { misspeltKeys: 'allow' })
    } catch (error) {
      if (error instanceof SliError) return error.issues
      throw error
    }
  },
  project: (text) => readProject(filesOf(text), 'a', ['prometheus']),
  options: (text) =>
    readOptions(
      { read: async (path) => (path === 'a/p/options.yaml' ? filesOf(text).read(path) : { kind: 'absent', path }) },
      service,
      'p',
      () => [],
    ),
  pharos: (text) => readSettingsAsync(text, (unchecked) => configFileSchema(unchecked, async () => [])),
  request: (text) =>
    answered(() => {
      const { error } = EvaluationRequest.safeParse(parseJson(Buffer.from(text)))
      if (error !== undefined) throw invalidRequest(error, 'body')
    }),
  event: (text) => answered(() => toCommand(readStructured(Buffer.from(text)), arrived)),
} as const satisfies Readonly<Record<string, Reader>>

function answered(read: () => unknown): unknown {
  try {
    return read()
  } catch (error) {
    if (error instanceof PharosError) return JSON.stringify(toProblem(error, '/'))
    throw error
  }
}
