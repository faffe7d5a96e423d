import type { Warning } from '../base/warning.ts'
import type { DefinitionFiles, TextFile } from './files.ts'
import { GitError } from './git.ts'
import { checkoutsOf, levelOf, shownFolder, treePath, type Level } from './levels.ts'
import type { Repositories } from './repositories.ts'

/** Where the files of one evaluation come from. */
export interface Provenance {
  /** The full id, followed by `-dirty` if files that were read differ from it; null if unknown. */
  readonly commit: string | null
  readonly warnings: readonly Warning[]
}

/** The definitions as one evaluation sees them. */
export interface Definitions {
  readonly files: DefinitionFiles
  /**
   * Of everything that `files` has read so far; `sloPath` is null for an SLO that is in no file. Throws PharosError
   * `commit_unreadable`.
   */
  provenance(sloPath: string | null): Promise<Provenance>
}

/** What is known about a service's folders. */
export interface Known {
  readonly levels: readonly Level[]
  readonly repositories: Repositories
}

/** The commit that is checked out where the SLO is, and how the files that were read differ from it. */
export async function provenanceOf(
  read: readonly TextFile[],
  { sloPath, levels, repositories }: Known & { readonly sloPath: string | null },
): Promise<Provenance> {
  const main = mainLevel(read, sloPath, levels)
  if (main?.checkout === undefined) return { commit: null, warnings: [] }
  const { checkout, folder } = main
  const head = await repositories.head(checkout)
  if (head.kind === 'absent')
    return unknownCommit(`nothing is committed yet in the git repository (${shownFolder(folder)})`)
  if (head.kind === 'unknown') return unknownCommit(head.why)
  const inside = read.flatMap((file) => {
    const level = levelOf(file.path, levels)
    return level?.checkout?.key === checkout.key ? [{ file, path: treePath(file.path, level) }] : []
  })
  const outside = read.filter((file) => !inside.some((one) => one.file === file))
  try {
    const committed = await repositories.read(
      checkout,
      head.id,
      inside.map(({ path }) => path),
    )
    const changes = inside.flatMap(({ file }, place) => changeOf(file, committed[place]))
    const warnings = [...dirtyWarnings(changes, head.id), ...outsideWarnings(outside, folder)]
    return { commit: changes.length === 0 ? head.id : `${head.id}-dirty`, warnings }
  } catch (error) {
    if (error instanceof GitError) return unknownCommit(error.message)
    throw error
  }
}

/** The top folder of the checkout whose commit is recorded. */
function mainLevel(read: readonly TextFile[], sloPath: string | null, levels: readonly Level[]): Level | undefined {
  const checkouts = checkoutsOf(levels)
  const found = read.filter(({ kind }) => kind !== 'absent').map(({ path }) => levelOf(path, levels))
  const byWidth = levels.toReversed().filter((level) => found.includes(level))
  const slo = sloPath === null ? undefined : levelOf(sloPath, levels)
  const deciding = [slo, ...byWidth].find((level) => level?.checkout !== undefined) ?? checkouts[0]
  return checkouts.find(({ checkout }) => checkout?.key === deciding?.checkout?.key)
}

function unknownCommit(why: string): Provenance {
  return { commit: null, warnings: [{ code: 'commit_unknown', message: `No commit is recorded: ${why}.` }] }
}

interface Change {
  readonly path: string
  readonly what: string
}

/** How a file that was read differs from the committed one. Git may convert line endings, which do not matter in YAML. */
function changeOf(file: TextFile, committed: TextFile | undefined): readonly Change[] {
  const { path } = file
  if (committed === undefined) return []
  if (file.kind === 'found' && committed.kind === 'found') {
    return unixText(file.text) === unixText(committed.text) ? [] : [{ path, what: 'changed' }]
  }
  if (file.kind === committed.kind) return []
  if (committed.kind === 'absent') return [{ path, what: 'not committed' }]
  return [{ path, what: file.kind === 'absent' ? 'deleted' : 'changed' }]
}

function unixText(text: string): string {
  return text.includes('\r') ? text.replaceAll('\r\n', '\n') : text
}

function dirtyWarnings(changes: readonly Change[], commit: string): readonly Warning[] {
  if (changes.length === 0) return []
  const sorted = changes.toSorted((one, other) => (one.path < other.path ? -1 : 1))
  const list = sorted.map(({ path, what }) => `${path} is ${what}`).join(', ')
  const message = `The definitions are not those of commit ${commit}: ${list}.`
  return [{ code: 'definitions_dirty', message, files: sorted.map(({ path }) => path) }]
}

/** Files outside the repository have no recorded commit. */
export function outsideWarnings(outside: readonly TextFile[], folder: string): readonly Warning[] {
  const files = outside.flatMap(({ kind, path }) => (kind === 'absent' ? [] : [path])).toSorted()
  if (files.length === 0) return []
  const [verb, list] = [files.length === 1 ? 'is' : 'are', files.join(', ')]
  const message = `${list} ${verb} read from outside the git repository whose commit is recorded (${shownFolder(folder)}).`
  return [{ code: 'commit_unknown', message, files }]
}
