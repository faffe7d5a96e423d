import { describe, expect, test } from 'vitest'
import { sourceKey } from '../../../src/base/event-source.ts'

describe('one source is', () => {
  for (const [listed, ...others] of [
    ['gh', 'GH', 'gh/', './gh', '/gh', 'g%68', '%67%68', 'a/../gh', '../gh', './/gh//', 'gh?', 'gh#', '%2e/gh', 'gh/.'],
    [
      'https://forge.example/hooks',
      'HTTPS://Forge.Example:443/Hooks/',
      'https://forge.example./a/../hooks',
      'https://forge.example/hook%73?',
      'https://@forge.example//hooks',
      'https://f%6frge.example/hooks',
    ],
    ['https://forge.example', 'https://forge.example/', 'https://forge.example:443'],
    ['keptn://host/a', 'KEPTN://HOST/a/', 'keptn://host/b/../a', 'keptn://h%6Fst/./a'],
    ['urn:example:forge', 'URN:EXAMPLE:Forge', 'urn:ex%61mple:forge'],
    ['a%2fb', 'a%2Fb', 'A%2FB'],
    ['caf%C3%A9', 'caf%c3%a9', 'CAF%C3%A9/'],
  ] as const) {
    for (const other of others) {
      test(`${listed} spelled ${other}`, () => {
        expect(sourceKey(other)).toBe(sourceKey(listed))
      })
    }
  }
})

describe('two sources are', () => {
  for (const [one, other] of [
    ['gh', 'gl'],
    ['gh', 'gh2'],
    ['gh', 'gh/hooks'],
    ['gh', 'gh?a'],
    ['gh', 'gh#a'],
    ['gh', 'urn:gh'],
    ['gh', 'https://gh'],
    ['gh', 'g%2568'],
    ['a/b', 'a%2Fb'],
    ['https://forge.example/a', 'http://forge.example/a'],
    ['https://forge.example/a', 'https://forge.example:8443/a'],
    ['https://forge.example/a', 'https://forge.example.org/a'],
    ['https://forge.example/a', 'https://me@forge.example/a'],
  ] as const) {
    test(`${one} and ${other}`, () => {
      expect(sourceKey(one)).not.toBe(sourceKey(other))
    })
  }
})

test('what is no URI is a source of its own', () => {
  expect(sourceKey('http://[gh')).toBe(sourceKey('HTTP://[GH'))
  expect(sourceKey('http://[gh')).not.toBe(sourceKey('gh'))
})
