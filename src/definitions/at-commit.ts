import { setImmediate as turn } from 'node:timers/promises'
import { PharosError } from '../base/errors.ts'
import type { ServiceKey } from '../base/names.ts'
import type { Checkout } from './checkout.ts'
import type { Remembered, TextFile } from './files.ts'
import { GitError } from './git.ts'
import { checkoutsOf, levelOf, shownFolder, treePath } from './levels.ts'
import { outsideWarnings, type Definitions, type Known, type Provenance } from './provenance.ts'

/**
 * The commit in the repository of the service's own folder, else of its stage's, its project's, the root's. Work trees share
 * their commits: then it belongs to the one whose HEAD descends from it.
 */
export async function findCommit(
  wanted: string,
  { levels, service: { project, stage, service }, repositories }: Known & { readonly service: ServiceKey },
): Promise<{ readonly checkout: Checkout; readonly commit: string }> {
  const found = await Promise.all(
    checkoutsOf(levels).map(async ({ folder, checkout }) => ({
      folder,
      checkout,
      found: checkout && (await repositories.find(checkout, wanted)),
    })),
  )
  const commits = found.flatMap(({ checkout, found: one }) =>
    checkout !== undefined && one?.kind === 'commit' ? [{ checkout, commit: one.id }] : [],
  )
  const [first] = commits
  if (first !== undefined && commits.length === 1) return first
  for (const one of commits) if (await repositories.isInHistory(one.checkout, one.commit)) return one
  if (first !== undefined) return first
  const why = found.flatMap(({ found: one }) => (one?.kind === 'unknown' ? [one.why] : []))[0]
  if (why !== undefined) throw unreadableCommit(wanted, `cannot be read: ${why}`)
  if (found.length === 0) {
    const sentence = `cannot be read: the definitions of ${project}/${stage}/${service} are not in a git repository; omit the commit, or serve a git checkout (a commit of something else belongs in a label)`
    throw unreadableCommit(wanted, sentence)
  }
  const places = found.map(({ folder }) => shownFolder(folder)).join(', ')
  const sentence = `is not in the git repository of the definitions (${places}): fetch it there, or give the full id, or at least 7 digits, of one that is`
  throw unreadableCommit(wanted, sentence)
}

export function unreadableCommit(wanted: string, why: string): PharosError {
  return new PharosError('commit_unreadable', `commit ${JSON.stringify(wanted)} ${why}`)
}

/** Files of one checkout come from the commit; files outside it are read as they are. */
export function atCommit({
  checkout,
  commit,
  levels,
  repositories,
  folder,
}: Known & { readonly checkout: Checkout; readonly commit: string; readonly folder: Remembered }): Definitions {
  const readCommit = together((paths) => repositories.read(checkout, commit, paths))
  const read = async (path: string): Promise<TextFile> => {
    const level = levelOf(path, levels)
    if (level?.checkout?.key !== checkout.key) return folder.files.read(path)
    try {
      return placed(await readCommit(treePath(path, level)), path)
    } catch (error) {
      if (error instanceof GitError) throw unreadableCommit(commit, `cannot be read: ${error.message}`)
      throw error
    }
  }
  const begins = checkoutsOf(levels).find((level) => level.checkout?.key === checkout.key)?.folder ?? ''
  const provenance = async (sloPath: string | null): Promise<Provenance> => {
    if (sloPath !== null && levelOf(sloPath, levels)?.checkout?.key !== checkout.key) {
      const why = `does not apply: ${sloPath} is outside its git repository (${shownFolder(begins)})`
      throw unreadableCommit(commit, why)
    }
    return { commit, warnings: outsideWarnings(folder.all(), begins) }
  }
  return { files: { read }, provenance }
}

/** A text with its path below the root. */
function placed(file: TextFile, path: string): TextFile {
  return file.kind === 'unreadable' ? { ...file, path, mistake: { ...file.mistake, file: path } } : { ...file, path }
}

/** Requests within one turn of the event loop are combined. */
function together(readAll: (paths: readonly string[]) => Promise<readonly TextFile[]>) {
  let open: { readonly paths: string[]; readonly files: Promise<readonly TextFile[]> } | undefined
  return async (path: string): Promise<TextFile> => {
    if (open === undefined) {
      const paths: string[] = []
      const files = turn().then(() => {
        open = undefined
        return readAll(paths)
      })
      open = { paths, files }
    }
    const place = open.paths.push(path) - 1
    const file = (await open.files)[place]
    if (file === undefined) throw new Error(`nothing was read for ${path}`)
    return file
  }
}
