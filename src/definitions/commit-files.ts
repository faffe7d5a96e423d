import { bytesMax, decoded, tooLarge, unreadable, type TextFile } from './files.ts'
import { GitError, type Git } from './git.ts'

/** What git says of a path in a commit, before its text is read. Links within the commit are followed. */
type Entry =
  | { readonly kind: 'object'; readonly id: string; readonly type: string; readonly bytes: number }
  /** A link that leads out of the commit, to nothing, in a circle; or a path through a file. */
  | { readonly kind: 'symlink' | 'dangling' | 'loop' | 'notdir' }
  | { readonly kind: 'missing' }

/**
 * Reads texts of a commit from its objects. `paths` are those in the commit's tree, and so are those of the answers, one for
 * each, in their order. Rejects with a GitError.
 */
export async function readCommitFiles(
  git: Git,
  top: string,
  { commit, paths }: { readonly commit: string; readonly paths: readonly string[] },
): Promise<readonly TextFile[]> {
  // Paths are sent to git one per line.
  if (paths.some((path) => path.includes('\n'))) throw new Error('a path of the definitions has two lines')
  const asked = paths.map((path) => `${commit}:${path}\n`).join('')
  const entries = entriesIn(
    await output(git, top, ['cat-file', '--batch-check', '--follow-symlinks'], asked),
    paths.length,
  )
  const missing = paths.filter((_, place) => entries[place]?.kind === 'missing')
  const [listed, texts] = await Promise.all([
    listedPaths(git, top, { commit, paths: missing }),
    readTexts(git, top, entries),
  ])
  return paths.map((path, place) => textFileOf(path, entries[place], { listed, texts }))
}

function textFileOf(
  path: string,
  entry: Entry | undefined,
  { listed, texts }: { readonly listed: ReadonlySet<string>; readonly texts: ReadonlyMap<string, Buffer> },
): TextFile {
  if (entry === undefined) throw new GitError('git answered for fewer files than it was asked for')
  switch (entry.kind) {
    case 'symlink':
      return unreadable(path, 'is a link that leads out of the repository')
    case 'loop':
      return unreadable(path, 'is a link that leads to itself')
    case 'dangling':
    case 'notdir':
      return { kind: 'absent', path }
    case 'missing':
      if (!listed.has(path)) return { kind: 'absent', path }
      return unreadable(path, 'is in the commit, but its content is missing from the repository')
    case 'object': {
      if (entry.type !== 'blob') return unreadable(path, 'is not a regular file')
      const text = texts.get(entry.id)
      return text === undefined ? tooLarge(path, entry.bytes) : decoded(path, text)
    }
  }
}

/** Which of `paths` the commit names: a clone may lack objects, which does not make the files absent. */
async function listedPaths(
  git: Git,
  top: string,
  { commit, paths }: { readonly commit: string; readonly paths: readonly string[] },
): Promise<ReadonlySet<string>> {
  if (paths.length === 0) return new Set()
  const list = await output(git, top, ['ls-tree', '-z', '--full-tree', '--name-only', commit, '--', ...paths])
  return new Set(list.toString('utf8').split('\0'))
}

/** The bytes of every blob that is small enough, by its id. */
async function readTexts(git: Git, top: string, entries: readonly Entry[]): Promise<ReadonlyMap<string, Buffer>> {
  const ids = entries.flatMap((entry) =>
    entry.kind === 'object' && entry.type === 'blob' && entry.bytes <= bytesMax ? [entry.id] : [],
  )
  const distinct = [...new Set(ids)]
  if (distinct.length === 0) return new Map()
  const bytes = await output(git, top, ['cat-file', '--batch'], distinct.map((id) => `${id}\n`).join(''))
  const texts = new Map<string, Buffer>()
  let at = 0
  for (const id of distinct) {
    const { line, next } = lineAt(bytes, at)
    const size = Number(line.split(' ')[2])
    if (!line.startsWith(`${id} blob `) || !Number.isInteger(size))
      throw new GitError(`git cannot read the object ${id}`)
    texts.set(id, bytes.subarray(next, next + size))
    at = next + size + 1
  }
  return texts
}

/** Source: git-cat-file(1), "Batch output" and `--follow-symlinks`. */
function entriesIn(bytes: Buffer, count: number): readonly Entry[] {
  const entries: Entry[] = []
  for (let at = 0; entries.length < count && at < bytes.length;) {
    const { line, next } = lineAt(bytes, at)
    const [, kind, length] = /^(symlink|dangling|loop|notdir) (\d+)$/.exec(line) ?? []
    const [, id, type, size] = /^([0-9a-f]+) ([a-z]+) (\d+)$/.exec(line) ?? []
    if (kind === 'symlink' || kind === 'dangling' || kind === 'loop' || kind === 'notdir') {
      entries.push({ kind })
      // The target of the link follows, with the announced length.
      at = next + Number(length) + 1
      continue
    }
    entries.push(
      id === undefined || type === undefined ? { kind: 'missing' } : { kind: 'object', id, type, bytes: Number(size) },
    )
    at = next
  }
  return entries
}

function lineAt(bytes: Buffer, at: number): { readonly line: string; readonly next: number } {
  const end = bytes.indexOf('\n', at)
  if (end < 0) throw new GitError('git ended in the middle of a line')
  return { line: bytes.toString('utf8', at, end), next: end + 1 }
}

async function output(git: Git, top: string, args: readonly string[], input?: string): Promise<Buffer> {
  const bytes = await git.ask(top, args, input)
  if (bytes === undefined) throw new GitError('git cannot read the repository')
  return bytes
}
