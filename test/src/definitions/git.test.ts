import { execFileSync } from 'node:child_process'
import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { gitCommit } from '../../../src/definitions/git.ts'
import { folderOf } from '../../support/definitions.ts'

const one = '1'.repeat(40)
const two = '2'.repeat(40)

for (const { name, files, commit } of [
  {
    name: 'a branch in its own file',
    files: { '.git/HEAD': 'ref: refs/heads/main\n', '.git/refs/heads/main': `${one}\n` },
    commit: one,
  },
  { name: 'no branch', files: { '.git/HEAD': `${two}\n` }, commit: two },
  { name: 'a SHA-256 repository', files: { '.git/HEAD': 'a'.repeat(64) }, commit: 'a'.repeat(64) },
  {
    name: 'a packed branch',
    files: {
      '.git/HEAD': 'ref: refs/heads/main\n',
      '.git/packed-refs': `# pack-refs with: peeled fully-peeled sorted \n${two} refs/heads/old/refs/heads/main\n${one} refs/heads/main\n^${two}\n`,
    },
    commit: one,
  },
  {
    name: 'a branch in its own file, packed earlier',
    files: {
      '.git/HEAD': 'ref: refs/heads/main\n',
      '.git/refs/heads/main': one,
      '.git/packed-refs': `${two} refs/heads/main\n`,
    },
    commit: one,
  },
  {
    name: 'a branch that is an alias',
    files: {
      '.git/HEAD': 'ref: refs/heads/live\n',
      '.git/refs/heads/live': 'ref: refs/heads/main\n',
      '.git/refs/heads/main': one,
    },
    commit: one,
  },
  { name: 'nothing committed', files: { '.git/HEAD': 'ref: refs/heads/main\n' }, commit: null },
  {
    name: 'an alias of itself',
    files: { '.git/HEAD': 'ref: refs/heads/a', '.git/refs/heads/a': 'ref: refs/heads/a' },
    commit: null,
  },
  { name: 'a ref out of the repository', files: { '.git/HEAD': 'ref: ../secret', secret: one }, commit: null },
  { name: 'an empty .git folder', files: { '.git/config': '' }, commit: null },
]) {
  test(`a checkout with ${name}: ${commit}`, async () => {
    const folder = await folderOf({ ...files, 'slo/shop/slo.yaml': '' })
    expect(await gitCommit(join(folder, 'slo'))).toBe(commit)
  })
}

test('a work tree: its HEAD is its own, its branches are the main checkout’s', async () => {
  const folder = await folderOf({
    'main/.git/worktrees/side/HEAD': 'ref: refs/heads/side\n',
    'main/.git/worktrees/side/commondir': '../..\n',
    'main/.git/refs/heads/side': one,
    'side/.git': 'gitdir: ../main/.git/worktrees/side\n',
  })
  expect(await gitCommit(join(folder, 'side'))).toBe(one)
})

test('a root that is a link is the place it links to', async () => {
  const folder = await folderOf({ 'checkout/.git/HEAD': one, 'mount/other': '' })
  await symlink(join(folder, 'checkout'), join(folder, 'mount/current'))
  expect(await gitCommit(join(folder, 'mount/current'))).toBe(one)
})

test('no checkout, and no folder, have no commit', async () => {
  const folder = await folderOf({ 'shop/slo.yaml': '' })
  expect(await gitCommit(folder)).toBe(null)
  expect(await gitCommit(join(folder, 'absent'))).toBe(null)
})

test('what git itself writes, loose and packed', async () => {
  const folder = await folderOf({ 'slo.yaml': '' })
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
      cwd: folder,
      encoding: 'utf8',
      // Neither the caller's repository nor anybody's settings.
      env: { PATH: process.env['PATH'], GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' },
    })
  git('init', '--quiet')
  git('commit', '--quiet', '--allow-empty', '--no-gpg-sign', '-m', 'first')
  const commit = git('rev-parse', 'HEAD').trim()
  expect(await gitCommit(folder)).toBe(commit)
  git('pack-refs', '--all')
  expect(await gitCommit(folder)).toBe(commit)
  git('worktree', 'add', '--quiet', '-b', 'side', 'side')
  await mkdir(join(folder, 'side/shop'))
  expect(await gitCommit(join(folder, 'side/shop'))).toBe(commit)
})
