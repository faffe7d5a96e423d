import { globSync, readFileSync, statSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import { compared, findingsIn, readAllowances } from './findings.ts'

/**
 * `npm run english [-- PATH…]`: finds phrases that read like a translation in comments, messages and documents. Without paths it
 * reads everything except migrations, which are never edited once merged.
 */
const everything = ['slo', 'providers', 'src', 'test', 'bench', 'demo', 'docs', '*.md', '*.ts']
const root = resolve(import.meta.dirname, '../..')
const given = process.argv.slice(2).map((path) => relative(root, resolve(path)))

/** What can be checked at a path or pattern below the root. This folder is left out: it contains every sign. */
function filesAt(path: string): readonly string[] {
  const isFolder = statSync(resolve(root, path), { throwIfNoEntry: false })?.isDirectory() === true
  const found = globSync(isFolder ? join(path, '**/*') : path, { cwd: root, exclude: ['**/node_modules/**'] })
  if (found.length === 0) throw new Error(`there is no ${path}`)
  return found
    .map((file) => file.split(sep).join('/'))
    .filter((file) => /\.(ts|mjs|md)$/.test(file) && !file.startsWith('test/english/'))
    .toSorted()
}

const files = (given.length === 0 ? everything : given).flatMap(filesAt)
const sources = new Map(files.map((path) => [path, readFileSync(resolve(root, path), 'utf8')]))
const allowances = readAllowances(readFileSync(resolve(import.meta.dirname, 'allowed.txt'), 'utf8'))
const { refused, unused } = compared(findingsIn(sources), allowances)
// Some of the files cannot show that an allowance is unused.
const stale = given.length === 0 ? unused : []
for (const { path, line, sign, text } of refused) console.log(`${path}:${line}: ${sign}: ${text}`)
for (const { line, text } of stale) console.log(`test/english/allowed.txt:${line}: unused: ${text}`)
console.log(`english: ${sources.size} files, ${refused.length} findings, ${stale.length} unused allowances`)
if (refused.length + stale.length > 0) process.exitCode = 1
