import { execFileSync } from 'node:child_process'

/** Ignores the machine's own settings, hooks and signing keys. */
const environment = {
  PATH: process.env['PATH'] ?? '',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_CEILING_DIRECTORIES: '',
}

const identity = ['user.name=t', 'user.email=t@example.com', 'commit.gpgSign=false', 'init.defaultBranch=main']

/** The real git, in a folder; answers with what it writes. */
export function git(folder: string, ...args: readonly string[]): string {
  return execFileSync('git', [...identity.flatMap((setting) => ['-c', setting]), ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim()
}

/** Commits everything in a folder, making it a repository if necessary; returns the full commit id. */
export function commitAll(folder: string, ...initOptions: readonly string[]): string {
  git(folder, 'init', '--quiet', ...initOptions)
  git(folder, 'add', '--all', '.')
  git(folder, 'commit', '--quiet', '--allow-empty', '-m', 'change')
  return git(folder, 'rev-parse', 'HEAD')
}
