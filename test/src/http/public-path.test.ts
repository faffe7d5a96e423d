import { describe, expect, test } from 'vitest'
import { publicPath, withoutPrefix } from '../../../src/http/public-path.ts'

describe('a request for', () => {
  for (const { url, publicUrl, path } of [
    { url: '/pharos/v1/providers?a=b', publicUrl: 'https://ci.example/pharos', path: '/v1/providers?a=b' },
    { url: '/v1/providers', publicUrl: 'https://ci.example/pharos', path: '/v1/providers' },
    { url: '/a/b/livez', publicUrl: 'https://ci.example/a/b', path: '/livez' },
    { url: '/pharos', publicUrl: 'https://ci.example/pharos', path: '/' },
    { url: '/pharos?a', publicUrl: 'https://ci.example/pharos', path: '/?a' },
    { url: '/pharos/pharos/livez', publicUrl: 'https://ci.example/pharos', path: '/pharos/livez' },
    { url: '/pharosaurus/livez', publicUrl: 'https://ci.example/pharos', path: '/pharosaurus/livez' },
    { url: '/Pharos/livez', publicUrl: 'https://ci.example/pharos', path: '/Pharos/livez' },
    { url: '/%C3%A4/livez', publicUrl: 'https://ci.example/ä', path: '/livez' },
    { url: '/pharos/livez', publicUrl: 'https://ci.example', path: '/pharos/livez' },
    { url: '/pharos/livez', publicUrl: undefined, path: '/pharos/livez' },
    { url: 'http://ci.example/pharos/livez?a', publicUrl: 'https://ci.example/pharos', path: '/livez?a' },
    { url: 'HTTPS://ci.example', publicUrl: 'https://ci.example/pharos', path: '/' },
    { url: 'http://ci.example/livez', publicUrl: undefined, path: '/livez' },
    { url: '*', publicUrl: 'https://ci.example/pharos', path: '*' },
  ]) {
    test(`${url} behind ${publicUrl} is one for ${path}`, () => {
      expect(withoutPrefix(url, publicUrl)).toBe(path)
    })
  }
})

for (const { publicUrl, path } of [
  { publicUrl: 'https://ci.example/pharos', path: '/pharos/v1/providers' },
  { publicUrl: 'https://ci.example', path: '/v1/providers' },
  { publicUrl: undefined, path: '/v1/providers' },
]) {
  test(`/v1/providers behind ${publicUrl} is ${path} for others`, () => {
    expect(publicPath(publicUrl, '/v1/providers')).toBe(path)
  })
}
