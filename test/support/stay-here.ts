import { existsSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { v4 } from 'uuid'
import { afterAll } from 'vitest'

/** Set up for each file of tests: nothing that it does, or that a process it starts does, may leave this machine. */
const guard = new URL('./loopback-only.mjs', import.meta.url)
const record = join(tmpdir(), `pharos-leaving-${v4()}`)

process.env['PHAROS_TEST_LEAVING'] = record
process.env['NODE_OPTIONS'] = `${process.env['NODE_OPTIONS'] ?? ''} --import ${guard.href}`.trim()
await import(guard.href)

afterAll(() => {
  if (!existsSync(record)) return
  const tried = readFileSync(record, 'utf8')
  rmSync(record)
  throw new Error(tried)
})
