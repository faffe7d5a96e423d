import type { ServiceKey } from '../base/names.ts'
import { atCommit, findCommit, unreadableCommit } from './at-commit.ts'
import { filesIn, remembering } from './files.ts'
import type { Folders } from './folders.ts'
import { levelsOf } from './levels.ts'
import { provenanceOf, type Definitions } from './provenance.ts'
import type { Repositories } from './repositories.ts'

interface Wanted {
  readonly service: ServiceKey
  readonly gitCommitId: string | undefined
}

interface Places {
  readonly folders: Folders
  /** Without them no commit is known. */
  readonly repositories?: Repositories | undefined
}

/**
 * The files of a service: those of the commit that is named, from its objects, or else those in the folder. Throws
 * PharosError `commit_unreadable`.
 */
export async function openDefinitions(
  { service, gitCommitId }: Wanted,
  { folders, repositories }: Places,
): Promise<Definitions> {
  const remembered = remembering(filesIn(folders))
  if (gitCommitId === undefined) {
    if (repositories === undefined) return { ...remembered, provenance: async () => ({ commit: null, warnings: [] }) }
    // In parallel with reading the files.
    const levels = levelsOf(folders, service)
    const provenance = async (sloPath: string | null) =>
      provenanceOf(remembered.all(), { sloPath, levels: await levels, repositories })
    return { ...remembered, provenance }
  }
  if (repositories === undefined)
    throw unreadableCommit(gitCommitId, 'cannot be read: this process does not read repositories')
  const levels = await levelsOf(folders, service)
  const { checkout, commit } = await findCommit(gitCommitId, { levels, service, repositories })
  return atCommit({ checkout, commit, levels, repositories, folder: remembered })
}
