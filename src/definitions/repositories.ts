import { refState, type Checkout } from './checkout.ts'
import { readCommitFiles } from './commit-files.ts'
import type { TextFile } from './files.ts'
import { createGit, GitError, type Git } from './git.ts'
import { createKept } from './kept.ts'

/** What git says of a commit; `why` ends a sentence. */
export type CommitFound =
  | { readonly kind: 'commit'; readonly id: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unknown'; readonly why: string }

/** The contents of repositories. Git is asked once: a commit never changes, and a change of HEAD can be detected. */
export interface Repositories {
  /** The commit that is checked out; absent when nothing is committed. */
  head(checkout: Checkout): Promise<CommitFound>
  /** The commit that a full id or an abbreviation names. */
  find(checkout: Checkout, text: string): Promise<CommitFound>
  /** Whether this commit is an ancestor of HEAD, or HEAD itself. */
  isInHistory(checkout: Checkout, commit: string): Promise<boolean>
  /** One text for each of `paths`, which are those in the commit's tree. Rejects with a GitError. */
  read(checkout: Checkout, commit: string, paths: readonly string[]): Promise<readonly TextFile[]>
}

/** How long a failure of git is remembered before it is asked again. */
const unknownMs = 30_000

/** How many checkouts, commits and texts are remembered; the least recently used go first. */
const keptMax = { heads: 1_000, commits: 10_000, texts: 20_000 } as const

/** The total length of all remembered texts. */
const charactersMax = 16 * 1024 * 1024

/** Full or abbreviated; anything else would be a name, which may mean another commit tomorrow. */
const commitId = /^[0-9a-f]{7,64}$/

/** `environment` is that of the process: git's place and settings are in it. `now` counts milliseconds. */
export function createRepositories(
  environment: Readonly<Record<string, string | undefined>>,
  now: () => number,
): Repositories {
  const git = createGit(environment)
  const heads = createKept<{ readonly state: string; readonly at: number; readonly found: Promise<CommitFound> }>(
    keptMax.heads,
  )
  const commits = createKept<true>(keptMax.commits)

  const parse = async (checkout: Checkout, name: string): Promise<CommitFound> => {
    try {
      const output = await git.ask(checkout.top, ['rev-parse', '--verify', '--quiet', `${name}^{commit}`])
      return output === undefined ? { kind: 'absent' } : { kind: 'commit', id: output.toString('utf8').trim() }
    } catch (error) {
      if (error instanceof GitError) return { kind: 'unknown', why: error.message }
      throw error
    }
  }

  return {
    async head(checkout) {
      const state = await refState(checkout)
      const known = heads.get(checkout.key)
      if (known?.state === state) {
        const found = await known.found
        if (found.kind !== 'unknown' || now() - known.at < unknownMs) return found
      }
      const found = parse(checkout, 'HEAD')
      heads.set(checkout.key, { state, at: now(), found })
      return found
    },
    async find(checkout, text) {
      const wanted = text.toLowerCase()
      if (!commitId.test(wanted)) return { kind: 'absent' }
      if (commits.get(`${checkout.key}\0${wanted}`) === true) return { kind: 'commit', id: wanted }
      const found = await parse(checkout, wanted)
      if (found.kind !== 'commit') return found
      commits.set(`${checkout.key}\0${found.id}`, true)
      // A branch or a tag may have the name of an abbreviation.
      return found.id.startsWith(wanted) ? found : { kind: 'absent' }
    },
    async isInHistory(checkout, commit) {
      try {
        return (await git.ask(checkout.top, ['merge-base', '--is-ancestor', commit, 'HEAD'])) !== undefined
      } catch (error) {
        if (error instanceof GitError) return false
        throw error
      }
    },
    read: createCommitReader(git),
  }
}

/** Reads each text of a commit once; texts that could not be read are asked for again. */
function createCommitReader(git: Git): Repositories['read'] {
  const texts = createKept<Promise<TextFile>>(keptMax.texts, charactersMax)
  return async (checkout, commit, paths) => {
    const keyOf = (path: string) => `${checkout.key}\0${commit}\0${path}`
    const missing = [...new Set(paths)].filter((path) => texts.get(keyOf(path)) === undefined)
    const reading = missing.length === 0 ? undefined : readCommitFiles(git, checkout.top, { commit, paths: missing })
    const files = new Map(paths.map((path) => [path, texts.get(keyOf(path))]))
    for (const [place, path] of missing.entries()) {
      const file = (reading ?? Promise.resolve([])).then((read) => {
        const one = read[place]
        if (one === undefined) throw new GitError('git answered for fewer files than it was asked for')
        return one
      })
      files.set(path, file)
      texts.set(keyOf(path), file)
      file.then(
        (one) => texts.weigh(keyOf(path), one.kind === 'found' ? one.text.length : 0),
        () => texts.delete(keyOf(path)),
      )
    }
    return Promise.all(paths.flatMap((path) => files.get(path) ?? []))
  }
}
