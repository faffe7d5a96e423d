import { expect, test } from 'vitest'
import { createClientPlaces } from '../../../src/http/client-places.ts'

test('a client has at most its share, and all clients together at most all places', () => {
  const places = createClientPlaces(5, 2)
  const taken = ['a', 'a', 'a', 'b', 'b', 'c', 'd', 'c'].map((client) => places.take(client))
  const [yes, own, all] = ['taken', 'client full', 'all full']
  expect(taken).toEqual([yes, yes, own, yes, yes, yes, all, all])
  places.free('a')
  expect(['d', 'd', 'a'].map((client) => places.take(client))).toEqual([yes, all, all])
  for (const client of ['a', 'b', 'b', 'c', 'd']) places.free(client)
  expect(['a', 'a', 'a'].map((client) => places.take(client))).toEqual([yes, yes, own])
})
