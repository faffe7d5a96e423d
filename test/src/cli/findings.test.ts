import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadDefinition, type Definition } from '../../../src/definitions/load.ts'
import {
  bearing,
  defaultPolicies,
  foldedFindings,
  judge,
  lint,
  lintRules,
  parseSlo,
  SloError,
} from '../../../slo/index.ts'
import { measured } from '../../slo/build.ts'
import { PharosError } from '../../../src/base/errors.ts'
import { readXml } from '../../support/xml.ts'
import { runPharosCommand, type CommandRun } from '../../support/terminal.ts'

/** What the server says of a file, `judge` and `explain` say too. */

const twoDocuments = `objectives: [{sli: latency, pass: [{criteria: ["<100"]}]}]
total_score: {pass: "90%"}
---
objectives: [{sli: error_rate, key_sli: true, pass: [{criteria: ["<1"]}]}]
total_score: {pass: "90%"}
`
const others: Readonly<Record<string, string>> = {
  'a second document that holds the key objective': twoDocuments,
  'an unknown key of an objective':
    'objectives: [{sli: latency, pass: [{criteria: ["<9"]}], owner: me}]\ntotal_score: {pass: 90}\n',
}

const refused: Readonly<Record<string, string>> = {
  'a key objective with a slip':
    'objectives: [{sli: a, key_sli: true, pas: [{criteria: ["<1"]}]}]\ntotal_score: {pass: 90}\n',
  'a slip and a mistake': 'weigth: 1\nobjectives: [{sli: a, pass: [{criteria: ["!1"]}]}]\ntotal_score: {pass: 90}\n',
  'a slip of YAML': 'objectives:\n  - sli: a\n    displayName: "The "best""\ntotal_score: {pass: 90}\n',
  'an objective among entries':
    'objectives:\n  - sli: a\n    pass:\n      - criteria: ["<5"]\n      - sli: b\ntotal_score: {pass: 90}\n',
  'a shipyard': 'apiVersion: spec.keptn.sh/0.2.2\nkind: Shipyard\n',
}

let cwd: string
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'pharos-findings-'))
  await mkdir(join(cwd, 'shop'))
  await writeFile(join(cwd, 'values.json'), '{"latency": 1.5, "error_rate": 50}')
  await writeFile(join(cwd, 'two.yaml'), twoDocuments)
})
afterAll(() => rm(cwd, { recursive: true, force: true }))

const run = (command: string, slo: string, ...more: readonly string[]): Promise<CommandRun> =>
  runPharosCommand([command, '--slo', slo, '--indicators', 'values.json', ...more], { cwd })

/** Of an evaluation with the same values. */
async function serversFindings(): Promise<readonly object[]> {
  const { findings, slo } = await definition()
  if (slo === null) throw new Error('there is no SLO')
  const judgement = judge(slo, [measured('latency', 1.5), measured('error_rate', 50)], [], defaultPolicies)
  const warnings = findings.map((finding) => ({ ...finding }))
  return foldedFindings(bearing(warnings, { slo, judgement, candidates: [] }))
}

async function definition(): Promise<Definition> {
  const service = { project: 'shop', stage: 'staging', service: 'carts' }
  const request = { service, sloText: undefined, pushedMetrics: [], gitCommitId: undefined }
  const deps = { root: cwd, providers: ['prometheus'], defaultProvider: 'prometheus', optionMistakes: () => () => [] }
  return loadDefinition(request, deps)
}

const texts = [
  ...lintRules.flatMap(({ id, bad, good }) => [[`${id}, bad`, bad.slo] as const, [`${id}, good`, good.slo] as const]),
  ...Object.entries(others),
]

describe('judge, explain, validate, lint and the server refuse the same:', () => {
  for (const [name, text] of [...texts, ...Object.entries(refused)].filter(([, one]) => !isValid(one))) {
    test(`the file of ${name}`, async () => {
      await writeFile(join(cwd, 'shop/slo.yaml'), text)
      const mistakes = await definition().then(
        () => [],
        (error: unknown) => (error instanceof PharosError ? error.mistakes : []),
      )
      expect(mistakes).not.toEqual([])
      const lines = mistakes.map(({ line, column, message }) => `shop/slo.yaml:${line}:${column}: ${message}`)
      for (const command of ['judge', 'explain']) {
        const { code, said } = await run(command, 'shop/slo.yaml')
        expect([code, withoutFixes(said)]).toEqual([2, lines])
      }
      const { code, out } = await runPharosCommand(['validate', '.'], { cwd })
      expect([code, withoutFixes(out)]).toEqual([2, lines])
      expect(lint(text).map(({ line, column, message }) => `shop/slo.yaml:${line}:${column}: ${message}`)).toEqual(
        lines,
      )
    })
  }
})

const withoutFixes = (said: string): readonly string[] =>
  said
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/; fix: .*/, ''))

describe('judge and explain find what the server finds:', () => {
  for (const [name, text] of texts.filter(([, one]) => isValid(one))) {
    test(`the file of ${name}`, async () => {
      await writeFile(join(cwd, 'shop/slo.yaml'), text)
      const found = await serversFindings()
      for (const command of ['judge', 'explain']) {
        const { warnings } = JSON.parse((await run(command, 'shop/slo.yaml', '--output', 'json')).out)
        const ofFile = warnings.filter(({ code }: { code: string }) => code !== 'unused_indicator')
        expect(ofFile).toEqual(found)
      }
    })
  }
})

function isValid(text: string): boolean {
  try {
    return parseSlo(text).misspelt.length === 0
  } catch (error) {
    if (error instanceof SloError) return false
    throw error
  }
}

describe('a finding and an unused value are reported', () => {
  const unused = 'The pushed value of "error_rate" was not used: no objective has that sli.'

  for (const command of ['judge', 'explain']) {
    test(`in every output of ${command}`, async () => {
      const { warnings } = JSON.parse((await run(command, 'two.yaml', '--output', 'json')).out)
      const [finding] = warnings
      expect(finding).toMatchObject({ code: 'second_document', file: 'two.yaml', line: 3 })
      expect(warnings.at(-1)).toEqual({ code: 'unused_indicator', message: unused, indicator: 'error_rate' })
      for (const output of ['text', 'markdown', 'junit']) {
        const { out } = await run(command, 'two.yaml', '--output', output)
        const words = output === 'junit' ? textOf(readXml(out)) : out
        const told = words.replaceAll('\\', '').replaceAll(/\s+/g, ' ')
        expect(told).toContain(`warning: ${finding.message} (two.yaml:3:1)`)
        expect(told).toContain(`warning: ${unused}`)
      }
    })

    test(`on standard error of ${command} where standard output is for programs`, async () => {
      const programs = await run(command, 'two.yaml', '--output', 'json')
      expect(programs.said).toMatch(/^warning: .*\(two\.yaml:3:1\)\nwarning: The pushed value of "error_rate"/)
      expect((await run(command, 'two.yaml')).said).toBe('')
      expect((await run(command, 'two.yaml', '--output', `text=${command}.txt`)).said).toContain('warning: ')
    })
  }
})

interface Element {
  readonly text?: string
  readonly children: readonly Element[]
}

function textOf({ text = '', children }: Element): string {
  return [text, ...children.map(textOf)].join(' ')
}
