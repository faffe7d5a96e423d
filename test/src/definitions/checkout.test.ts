import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findCheckout, refState } from '../../../src/definitions/checkout.ts'
import { folderOf } from '../../support/definitions.ts'
import { commitAll, git } from '../../support/git.ts'

const one = '1'.repeat(40)
const two = '2'.repeat(40)

async function stateIn(folder: string): Promise<string> {
  const checkout = await findCheckout(folder)
  if (checkout === undefined) throw new Error('the folder is in no checkout')
  return refState(checkout)
}

for (const { name, files, change } of [
  {
    name: 'a branch in its own file',
    files: { '.git/HEAD': 'ref: refs/heads/main\n', '.git/refs/heads/main': `${one}\n` },
    change: { '.git/refs/heads/main': `${two}\n` },
  },
  {
    name: 'another branch',
    files: { '.git/HEAD': 'ref: refs/heads/main\n', '.git/refs/heads/main': one, '.git/refs/heads/next': two },
    change: { '.git/HEAD': 'ref: refs/heads/next\n' },
  },
  { name: 'no branch', files: { '.git/HEAD': `${one}\n` }, change: { '.git/HEAD': `${two}\n` } },
  {
    name: 'a packed branch',
    files: { '.git/HEAD': 'ref: refs/heads/main\n', '.git/packed-refs': `${one} refs/heads/main\n` },
    change: { '.git/packed-refs': `# pack-refs with: peeled\n${two} refs/heads/main\n` },
  },
  {
    name: 'a branch that is an alias',
    files: {
      '.git/HEAD': 'ref: refs/heads/live\n',
      '.git/refs/heads/live': 'ref: refs/heads/main\n',
      '.git/refs/heads/main': one,
    },
    change: { '.git/refs/heads/main': two },
  },
  {
    name: 'refs in tables',
    files: { '.git/HEAD': 'ref: refs/heads/.invalid\n', '.git/reftable/tables.list': '0x01-0x02-a.ref\n' },
    change: { '.git/reftable/tables.list': '0x01-0x03-b.ref\n' },
  },
  {
    name: 'a first commit',
    files: { '.git/HEAD': 'ref: refs/heads/main\n' },
    change: { '.git/refs/heads/main': one },
  },
]) {
  test(`a change of HEAD is noticed: ${name}`, async () => {
    const folder = await folderOf({ ...files, 'slo/shop/slo.yaml': '', '.git/refs/heads/none': '' })
    const before = await stateIn(join(folder, 'slo'))
    expect(await stateIn(join(folder, 'slo/shop'))).toBe(before)
    for (const [path, text] of Object.entries(change)) await writeFile(join(folder, path), text)
    expect(await stateIn(join(folder, 'slo'))).not.toBe(before)
  })
}

for (const { name, files } of [
  { name: 'an alias of itself', files: { '.git/HEAD': 'ref: refs/heads/a', '.git/refs/heads/a': 'ref: refs/heads/a' } },
  { name: 'a ref out of the repository', files: { '.git/HEAD': 'ref: ../../secret' } },
  { name: 'an empty .git folder', files: { '.git/config': '' } },
]) {
  test(`${name} has a state without what lies elsewhere`, async () => {
    const folder = await folderOf({ ...files, secret: one })
    expect(await stateIn(folder)).not.toContain(one)
  })
}

test('a work tree: its HEAD is its own, its branches are the main checkout’s', async () => {
  const folder = await folderOf({
    'main/.git/worktrees/side/HEAD': 'ref: refs/heads/side\n',
    'main/.git/worktrees/side/commondir': '../..\n',
    'main/.git/refs/heads/side': one,
    'side/.git': 'gitdir: ../main/.git/worktrees/side\n',
  })
  expect(await stateIn(join(folder, 'side'))).toContain(one)
})

test('what git itself writes: every commit, of the main checkout and of a work tree within it', async () => {
  const folder = await folderOf({ 'slo.yaml': '' })
  commitAll(folder)
  git(folder, 'worktree', 'add', '--quiet', '-b', 'side', 'side')
  const side = join(folder, 'side/shop')
  await mkdir(side)
  const states = [await stateIn(folder), await stateIn(side)]
  git(side, 'commit', '--quiet', '--allow-empty', '-m', 'second')
  expect(await stateIn(folder)).toBe(states[0])
  expect(await stateIn(side)).not.toBe(states[1])
  expect((await findCheckout(side))?.top).toBe(join(folder, 'side'))
})

test('a folder without a checkout has none; a checkout that replaces another one is different', async () => {
  const folder = await folderOf({ 'shop/slo.yaml': '', 'one/HEAD': '', 'two/HEAD': '' })
  expect(await findCheckout(folder)).toBe(undefined)
  expect(await findCheckout(join(folder, 'absent'))).toBe(undefined)
  await symlink(join(folder, 'one'), join(folder, 'shop/.git'))
  const first = await findCheckout(join(folder, 'shop'))
  await writeFile(join(folder, 'two/.git'), 'gitdir: ../one\n')
  const second = await findCheckout(join(folder, 'two'))
  expect(first?.top).toBe(join(folder, 'shop'))
  expect(second?.gitFolder).toBe(join(folder, 'one'))
  expect(first?.key).not.toBe(second?.key)
})
