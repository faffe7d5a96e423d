import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { fileKindOf, lint, lintSlis, type RecentEvaluation, type Severity } from '../../../slo/index.ts'
import { printable, wrapped } from '../columns.ts'
import type { Command } from '../command.ts'
import { readText, whyNot } from '../files.ts'
import { outerFindings } from '../outer-findings.ts'
import { readHistory } from '../inputs.ts'
import { sarif, type PlacedFinding } from '../sarif.ts'
import { exitCodes, usageError, type Terminal } from '../terminal.ts'

/** So many folders within each other are looked into. */
const depthMax = 12

export const lintCommand: Command = {
  name: 'lint',
  operands: 'FILE|DIR…',
  summary: 'Find what is valid in slo.yaml, sli.yaml and options.yaml files but was probably not intended.',
  details:
    'For a folder, all such files below it. Exits with 2 if there are errors, such as a file that would be refused.',
  options: {
    history: {
      value: 'FILE',
      text: 'JSON with a list of earlier evaluations, newest first, to check one slo.yaml against',
    },
    strict: { text: 'exit with 2 for warnings too' },
    sarif: { text: 'SARIF 2.1.0 on standard output, for code scanning' },
    json: { text: 'a JSON list of findings on standard output' },
  },
  examples: [
    'pharos lint slo.yaml',
    'pharos lint slo.yaml prometheus/sli.yaml',
    'pharos lint slo.yaml --history earlier.json',
    'pharos lint slo.yaml prometheus/sli.yaml --strict',
    'pharos lint . --sarif',
  ],
  run: async (parsed, terminal) => {
    if (parsed.has('sarif') && parsed.has('json')) throw usageError('--sarif and --json exclude each other')
    if (parsed.operands.length === 0) throw usageError('lint needs a file or a folder')
    const files = (await Promise.all(parsed.operands.map((path) => filesAt(path, terminal)))).flat()
    if (files.length === 0) throw usageError(`there is no slo.yaml below ${parsed.operands.join(', ')}`)
    const history = parsed.one('history')
    const earlier = history === undefined ? [] : await readHistory(history, terminal)
    const findings = await findingsIn([...new Set(files)], earlier, terminal)
    if (parsed.has('sarif')) terminal.out(`${JSON.stringify(sarif(findings), null, 2)}\n`)
    else if (parsed.has('json')) terminal.out(`${JSON.stringify(findings, null, 2)}\n`)
    else for (const finding of findings) terminal.out(shown(finding, terminal.columns))
    const counted = (wanted: Severity): number => findings.filter(({ severity }) => severity === wanted).length
    terminal.say(
      `${counting(files.length, 'file')}, ${counting(counted('error'), 'error')}, ${counting(counted('warning'), 'warning')}, ${counted('info')} for information`,
    )
    const isStrict = parsed.has('strict')
    return counted('error') > 0 || (isStrict && counted('warning') > 0) ? exitCodes.usage : exitCodes.ok
  },
}

function counting(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

function shown({ file, line, column, severity, rule, message, fix }: PlacedFinding, columns: number): string {
  const told = [`    ${printable(message)}`, `    fix: ${printable(fix)}`].flatMap((text) => wrapped(text, columns))
  return [`${file}:${line}:${column} ${severity} ${rule}`, ...told, ''].join('\n')
}

/** A file as it is named, or every slo.yaml, sli.yaml and options.yaml below a folder. */
async function filesAt(path: string, { cwd }: Terminal): Promise<readonly string[]> {
  const whole = resolve(cwd, path)
  const stats = await stat(whole).catch((error: unknown) => {
    throw usageError(`${path} cannot be read: ${whyNot(error)}`)
  })
  if (!stats.isDirectory()) return [path]
  return (await below(whole, depthMax)).map((file) => relative(cwd, file) || file).toSorted()
}

async function below(folder: string, depth: number): Promise<readonly string[]> {
  if (depth === 0) return []
  const entries = await readdir(folder, { withFileTypes: true })
  const found = entries.map(async (entry) => {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') return []
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return below(path, depth - 1)
    return entry.isFile() && (isKnown(path) || isOptions(path)) ? [path] : []
  })
  return (await Promise.all(found)).flat()
}

function isKnown(file: string): boolean {
  return /^(slo|sli)\.ya?ml$/.test(basename(file))
}

function isOptions(file: string): boolean {
  return basename(file) === 'options.yaml'
}

/**
 * Every slo.yaml with the sli.yaml files that may answer it: those above it and below it. An indicator that no objective of
 * one SLO names may serve another one, so that is only said where there is one.
 */
async function findingsIn(
  files: readonly string[],
  history: readonly RecentEvaluation[],
  terminal: Terminal,
): Promise<readonly PlacedFinding[]> {
  const texts = await Promise.all(files.map(async (file) => ({ file, text: await readText(file, terminal) })))
  const options = texts.filter(({ file }) => isOptions(file))
  const slis = texts.filter((text) => !options.includes(text) && isSli(text))
  const slos = texts.filter((text) => !options.includes(text) && !slis.includes(text))
  const outer = outerFindings({ slis, options })
  if (slos.length === 0) return [...lintSlis(slis), ...outer]
  if (history.length > 0 && slos.length > 1)
    throw usageError(`--history is about one slo.yaml, and there are ${slos.length}`)
  const findings = slos.flatMap(({ file, text }) => {
    const answering = slis.filter((sli) => slos.length === 1 || areRelated(file, sli.file))
    return lint(text, answering, history).map((finding) => ({ ...finding, file: finding.file ?? file }))
  })
  const told = findings.filter(({ rule }) => rule !== 'indicator_unused' || slos.length === 1)
  return [...new Map([...told, ...outer].map((finding) => [JSON.stringify(finding), finding])).values()]
}

/** By name if the server reads files of this name; else by content, then by the beginning of the name. */
function isSli({ file, text }: { readonly file: string; readonly text: string }): boolean {
  const name = basename(file)
  if (isKnown(name)) return name.startsWith('sli')
  return (fileKindOf(text) ?? (/^sli/i.test(name) ? 'sli' : 'slo')) === 'sli'
}

/** `shop/prometheus/sli.yaml` answers everything below `shop`, and what stands in `shop` may be asked of levels below it. */
function areRelated(slo: string, sli: string): boolean {
  return isBelow(slo, dirname(dirname(sli))) || isBelow(sli, dirname(slo))
}

function isBelow(file: string, folder: string): boolean {
  return folder === '.' || file.startsWith(`${folder}/`)
}
