import { expect, test } from 'vitest'
import { StartError } from '../../../src/base/errors.ts'
import { openProviders } from '../../../src/measuring/instances.ts'

test('everything that is wrong with providers is told at once, modules and ours alike', async () => {
  const providers = {
    fine: { kind: 'prometheus', url: 'http://prom' },
    prom: { kind: 'prometheus', url: 'prom', token: 'hunter2' },
    absent: { kind: 'x', module: '/nowhere/pharos-provider-x.mjs' },
    other: { kind: 'x', module: 'yaml' },
  }
  const opening = openProviders(providers, () => Promise.reject(new Error('not needed')))
  await expect(opening).rejects.toThrow(StartError)
  const message = await opening.then(String, (error: unknown) => String(error))
  for (const part of [
    'Pharos cannot start: providers.prom.url: must be a URL that begins with http:// or https://; ',
    'providers.prom.token: must be a reference such as env:NAME or file:/path, never the secret itself; ',
    'providers.absent.module: /nowhere/pharos-provider-x.mjs cannot be loaded: ',
    'providers.other.module: yaml is not a provider: it must export contractVersion and providerKind, see docs/providers.md.',
  ]) {
    expect(message).toContain(part)
  }
  expect(message).not.toContain('hunter2')
})
