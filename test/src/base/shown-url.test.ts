import { expect, test } from 'vitest'
import { isShownOnly, shownUrl, withoutCredentials, withoutSecrets } from '../../../src/base/shown-url.ts'

for (const { url, shown } of [
  { url: 'https://ci.example/events', shown: 'https://ci.example/events' },
  { url: 'https://ci.example/events?token=s3cret', shown: 'https://ci.example/events?token=***' },
  { url: 'https://ci.example/?a=s3cret&b=s3cret=&c', shown: 'https://ci.example/?a=***&b=***&***' },
  { url: 'https://ci.example/?s3cret', shown: 'https://ci.example/?***' },
  { url: 'https://ci.example/?a=s3cret?x=s3cret#s3cret', shown: 'https://ci.example/?a=***' },
  { url: 'https://u:s3cret@ci.example/@x?=s3cret', shown: 'https://***@ci.example/@x?=***' },
  { url: '/login?state=s3cret', shown: '/login?state=***' },
]) {
  test(`${url} is shown as ${shown}`, () => {
    expect(shownUrl(url)).toBe(shown)
    expect(isShownOnly(url)).toBe(false)
    expect(isShownOnly(shownUrl(url))).toBe(shown.includes('?'))
  })
}

test('every URL of a text is without credentials, and nothing else changes', () => {
  expect(withoutCredentials('a "http://u:p@h/x" postgres://u:p@h:5432/d, mail@example.com and http://h/@x')).toBe(
    'a "http://***@h/x" postgres://***@h:5432/d, mail@example.com and http://h/@x',
  )
})

for (const { given, shown } of [
  { given: 'u:s3cret@host', shown: '***@host' },
  { given: 'http://u:s3/cr?e#t@host:99999/x?y=s3cret', shown: 'http://***@host:99999/x' },
  { given: 'http://u:s3@cret@host', shown: 'http://***@host' },
  { given: 'pharos.example', shown: 'pharos.example' },
]) {
  test(`${given}, which may be no URL, is shown as ${shown}`, () => {
    expect(withoutSecrets(given)).toBe(shown)
  })
}
