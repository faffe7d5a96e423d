import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { resolveSecret, SecretError } from '../../../src/base/secrets.ts'
import { folderOf } from '../../support/definitions.ts'

test('a variable of the environment, without blanks around it', async () => {
  expect(await resolveSecret('env:PROM_TOKEN', { PROM_TOKEN: ' s3cret\n' })).toBe('s3cret')
})

test('a file is read each time, so that a new secret is seen', async () => {
  const folder = await folderOf({ token: 'old\n' })
  const reference = `file:${join(folder, 'token')}`
  expect(await resolveSecret(reference, {})).toBe('old')
  await writeFile(join(folder, 'token'), 'new\n')
  expect(await resolveSecret(reference, {})).toBe('new')
})

for (const { reference, message } of [
  { reference: 'env:NOT_SET', message: 'the secret env:NOT_SET is not set' },
  { reference: 'env:EMPTY', message: 'the secret env:EMPTY is empty' },
  { reference: 'file:/no/such/file', message: 'the secret file:/no/such/file cannot be read: ENOENT' },
  { reference: 'file:/', message: 'the secret file:/ cannot be read: EISDIR' },
  { reference: 'file:relative', message: 'a secret is no reference: expected env:NAME or file:/absolute/path' },
  { reference: 'env:', message: 'a secret is no reference: expected env:NAME or file:/absolute/path' },
  { reference: 'env:__proto__', message: 'the secret env:__proto__ is not set' },
  { reference: 's3cret', message: 'a secret is no reference: expected env:NAME or file:/absolute/path' },
]) {
  test(`${reference}: ${message}`, async () => {
    const error = new SecretError(message)
    await expect(resolveSecret(reference, { EMPTY: ' \n' })).rejects.toThrow(error)
  })
}
