import { execFileSync } from 'node:child_process'
import { mkdir, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { folderFiles } from '../../../src/definitions/files.ts'
import { folderOf } from '../../support/definitions.ts'

test('a text is read, without the mark of its byte order', async () => {
  const root = await folderOf({ 'shop/slo.yaml': '\uFEFFobjectives: []\r\n' })
  expect(await folderFiles({ root }).read('shop/slo.yaml')).toEqual({
    kind: 'found',
    path: 'shop/slo.yaml',
    text: 'objectives: []\r\n',
  })
})

test('no file, no folder, no root, and a file where a folder should be are all absent', async () => {
  const root = await folderOf({ shop: 'a file' })
  for (const path of ['slo.yaml', 'bank/slo.yaml', 'shop/slo.yaml']) {
    expect(await folderFiles({ root }).read(path)).toEqual({ kind: 'absent', path })
  }
  expect(await folderFiles({ root: join(root, 'nowhere') }).read('slo.yaml')).toMatchObject({ kind: 'absent' })
})

const leadsOut =
  'the file is a link that leads out of the definitions: put the file itself there, or set definitions.followLinks in pharos.yaml'

test('a link that leads nowhere is not absent: a wider file would silently take its place', async () => {
  const root = await folderOf({})
  await symlink(join(root, 'nothing.yaml'), join(root, 'dangling.yaml'))
  expect(await folderFiles({ root }).read('dangling.yaml')).toMatchObject({
    kind: 'unreadable',
    mistake: { message: 'the file is a link that leads nowhere' },
  })
})

describe('a link that leads out of the root', () => {
  for (const { name, make } of [
    {
      name: 'of a file',
      make: async (root: string) => symlink(join(root, '../secret/slo.yaml'), join(root, 'shop/slo.yaml')),
    },
    {
      name: 'of a file, relative',
      make: async (root: string) => symlink('../../secret/slo.yaml', join(root, 'shop/slo.yaml')),
    },
    {
      name: 'of a folder',
      make: async (root: string) => {
        await rm(join(root, 'shop'), { recursive: true })
        await symlink(join(root, '../secret'), join(root, 'shop'))
      },
    },
    {
      name: 'by way of a link within it',
      make: async (root: string) => {
        await symlink(join(root, '../secret'), join(root, 'other'))
        await symlink('../other/slo.yaml', join(root, 'shop/slo.yaml'))
      },
    },
    {
      name: 'to a folder whose name begins as the root does',
      make: async (root: string) => symlink(join(`${root}-2`, 'slo.yaml'), join(root, 'shop/slo.yaml')),
    },
  ]) {
    test(`${name} is refused, unless links are followed`, async () => {
      const files = { 'secret/slo.yaml': 'hunter2', 'root-2/slo.yaml': 'hunter2', 'root/shop/x': '' }
      const root = join(await folderOf(files), 'root')
      await make(root)
      const file = await folderFiles({ root }).read('shop/slo.yaml')
      expect(file).toMatchObject({ kind: 'unreadable', mistake: { code: 'unreadable', message: leadsOut } })
      expect(JSON.stringify(file)).not.toMatch(/hunter2|secret/)
      const followed = await folderFiles({ root, followLinks: true }).read('shop/slo.yaml')
      expect(followed).toMatchObject({ kind: 'found', text: 'hunter2' })
    })
  }
})

test('links within the root are followed, as a mounted ConfigMap has them, and the root may be a link', async () => {
  const folder = await folderOf({ 'mounted/..2026_11_30/slo.yaml': 'text' })
  await symlink('..2026_11_30', join(folder, 'mounted/..data'))
  await symlink('..data/slo.yaml', join(folder, 'mounted/slo.yaml'))
  await symlink('mounted', join(folder, 'root'))
  for (const root of ['mounted', 'root']) {
    expect(await folderFiles({ root: join(folder, root) }).read('slo.yaml')).toMatchObject({ text: 'text' })
  }
})

test('while links are exchanged, nothing outside the root is ever read, and nothing inside is missed', async () => {
  const folder = await folderOf({ 'secret/slo.yaml': 'hunter2', 'root/a/slo.yaml': 'text' })
  const root = join(folder, 'root')
  await symlink('a', join(root, 'shop'))
  let isOver = false
  const exchanging = (async () => {
    for (let turn = 0; !isOver; turn += 1) {
      await symlink(turn % 2 === 0 ? join(folder, 'secret') : 'a', join(root, 'next'))
      await rename(join(root, 'next'), join(root, 'shop'))
    }
  })()
  const seen = new Set<string>()
  for (let count = 0; count < 2000 || seen.size < 2; count += 1) {
    const file = await folderFiles({ root }).read('shop/slo.yaml')
    seen.add(file.kind === 'found' ? file.text : file.kind)
  }
  isOver = true
  await exchanging
  expect([...seen].toSorted()).toEqual(['text', 'unreadable'])
}, 60_000)

test('a pipe is refused, and not waited for', async () => {
  const root = await folderOf({})
  execFileSync('/bin/sh', ['-c', 'mkfifo slo.yaml'], { cwd: root })
  expect(await folderFiles({ root }).read('slo.yaml')).toMatchObject({
    kind: 'unreadable',
    mistake: { message: 'the file is not a regular file' },
  })
})

test('where links are followed, a device without end is still refused', async () => {
  const root = await folderOf({})
  await symlink('/dev/zero', join(root, 'slo.yaml'))
  expect(await folderFiles({ root, followLinks: true }).read('slo.yaml')).toMatchObject({
    mistake: { message: 'the file is not a regular file' },
  })
})

for (const { name, make, message } of [
  { name: 'a folder', make: (path: string) => mkdir(path), message: 'the file is not a regular file' },
  {
    name: 'a device without end',
    make: (path: string) => symlink('/dev/zero', path),
    message: leadsOut,
  },
  {
    name: 'bytes that are no UTF-8',
    make: (path: string) => writeFile(path, Buffer.from([0x61, 0xff, 0xfe])),
    message: 'the file is not UTF-8',
  },
  {
    name: 'far too much',
    make: async (path: string) => {
      await writeFile(path, '')
      await truncate(path, 5 * 1024 * 1024)
    },
    message: 'the file has 5242880 bytes, at most 4194304 are read',
  },
  {
    name: 'a link to itself',
    make: (path: string) => symlink(path, path),
    message: 'the file cannot be read: ELOOP',
  },
]) {
  test(`${name} is there, and unreadable`, async () => {
    const root = await folderOf({})
    await make(join(root, 'slo.yaml'))
    expect(await folderFiles({ root }).read('slo.yaml')).toEqual({
      kind: 'unreadable',
      path: 'slo.yaml',
      mistake: { code: 'unreadable', message, file: 'slo.yaml', line: 1, column: 1 },
    })
  })
}

describe('the folders of one reading', () => {
  test('are looked up once: one that is made meanwhile belongs to the next reading', async () => {
    const root = await folderOf({ 'shop/slo.yaml': 'a' })
    const files = folderFiles({ root })
    expect(await files.read('shop/prod/slo.yaml')).toMatchObject({ kind: 'absent' })
    await mkdir(join(root, 'shop/prod'))
    await writeFile(join(root, 'shop/prod/slo.yaml'), 'b')
    expect(await files.read('shop/prod/sli.yaml')).toMatchObject({ kind: 'absent' })
    expect(await files.read('shop/prod/slo.yaml')).toMatchObject({ kind: 'absent' })
    expect(await folderFiles({ root }).read('shop/prod/slo.yaml')).toMatchObject({ kind: 'found', text: 'b' })
  })

  test('are looked up for each file if a link leads to them: what it led to may be gone', async () => {
    const root = await folderOf({ 'one/slo.yaml': 'old', 'one/sli.yaml': 'old', 'two/sli.yaml': 'new' })
    await symlink('one', join(root, 'shop'))
    const files = folderFiles({ root })
    expect(await files.read('shop/slo.yaml')).toMatchObject({ text: 'old' })
    await symlink('two', join(root, 'next'))
    await rename(join(root, 'next'), join(root, 'shop'))
    await rm(join(root, 'one'), { recursive: true })
    expect(await files.read('shop/sli.yaml')).toMatchObject({ text: 'new' })
  })

  test('a folder that becomes a link out of the root is not read', async () => {
    const root = await folderOf({ 'shop/slo.yaml': 'a', 'shop/sli.yaml': 'b' })
    const secret = await folderOf({ 'sli.yaml': 'secret' })
    const files = folderFiles({ root })
    expect(await files.read('shop/slo.yaml')).toMatchObject({ text: 'a' })
    await rm(join(root, 'shop'), { recursive: true })
    await symlink(secret, join(root, 'shop'))
    expect(await files.read('shop/sli.yaml')).toMatchObject({ kind: 'unreadable' })
  })
})
