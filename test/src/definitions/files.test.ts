import { mkdir, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folderFiles } from '../../../src/definitions/files.ts'
import { folderOf } from '../../support/definitions.ts'

test('a text is read, without the mark of its byte order', async () => {
  const root = await folderOf({ 'shop/slo.yaml': '\uFEFFobjectives: []\r\n' })
  expect(await folderFiles(root).read('shop/slo.yaml')).toEqual({
    kind: 'found',
    path: 'shop/slo.yaml',
    text: 'objectives: []\r\n',
  })
})

test('no file, no folder, no root, and a file where a folder should be are all absent', async () => {
  const root = await folderOf({ shop: 'a file' })
  for (const path of ['slo.yaml', 'bank/slo.yaml', 'shop/slo.yaml']) {
    expect(await folderFiles(root).read(path)).toEqual({ kind: 'absent', path })
  }
  expect(await folderFiles(join(root, 'nowhere')).read('slo.yaml')).toMatchObject({ kind: 'absent' })
})

test('a link out of the root is followed, one to nothing is absent', async () => {
  const root = await folderOf({ 'elsewhere.yaml': 'text', 'root/other': '' })
  await symlink(join(root, 'elsewhere.yaml'), join(root, 'root/slo.yaml'))
  await symlink(join(root, 'nothing.yaml'), join(root, 'root/dangling.yaml'))
  expect(await folderFiles(join(root, 'root')).read('slo.yaml')).toMatchObject({ kind: 'found', text: 'text' })
  expect(await folderFiles(join(root, 'root')).read('dangling.yaml')).toMatchObject({ kind: 'absent' })
})

for (const { name, make, message } of [
  { name: 'a folder', make: (path: string) => mkdir(path), message: 'the file is not a file' },
  {
    name: 'a device without end',
    make: (path: string) => symlink('/dev/zero', path),
    message: 'the file is not a file',
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
    expect(await folderFiles(root).read('slo.yaml')).toEqual({
      kind: 'unreadable',
      path: 'slo.yaml',
      mistake: { code: 'unreadable', message, file: 'slo.yaml', line: 1, column: 1 },
    })
  })
}
