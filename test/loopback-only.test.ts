import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pharos-leaving-'))
})

afterEach(() => rm(folder, { recursive: true }))

/** Runs a program as every program of the tests runs, with a record of its own. */
async function run(program: string): Promise<{ readonly printed: string; readonly recorded: string }> {
  const record = join(folder, 'record')
  const env = { ...process.env, PHAROS_TEST_LEAVING: record }
  const script = `const say = (error) => console.log(error.code); ${program}`
  const { stdout } = await promisify(execFile)(process.execPath, ['--eval', script], { env })
  return { printed: stdout.trim(), recorded: readOr(record, '') }
}

function readOr(path: string, absent: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return absent
  }
}

describe('what a program of the tests sends', () => {
  for (const [program, code, recorded] of [
    [`require('net').connect(9, '93.184.216.34').on('error', say)`, 'ECONNREFUSED', 'connect 93.184.216.34'],
    [`require('net').connect({ port: 9, host: '10.0.0.1' }).on('error', say)`, 'ECONNREFUSED', 'connect 10.0.0.1'],
    [`require('net').connect(9, 'public.example').on('error', say)`, 'ENOTFOUND', 'look up public.example'],
    [`require('tls').connect(9, '2001:db8::1').on('error', say)`, 'ECONNREFUSED', 'connect 2001:db8::1'],
    [`fetch('http://93.184.216.34/').catch((error) => say(error.cause))`, 'ECONNREFUSED', 'connect 93.184.216.34'],
    [`require('dns').promises.resolve4('public.example').catch(say)`, 'ENOTFOUND', 'look up public.example'],
    [`import('node:dns/promises').then(({ lookup }) => lookup('public.example')).catch(say)`, 'ENOTFOUND', 'look up'],
  ] as const) {
    test(`${recorded} fails at once and is recorded: ${program.slice(0, 30)}`, async () => {
      const told = await run(program)
      expect(told.printed).toBe(code)
      expect(told.recorded).toContain(`a test tried to leave this machine: ${recorded}`)
    })
  }

  test('goes to loopback as ever', async () => {
    const program = `const server = require('net').createServer((socket) => { socket.end(); server.close() })
      server.listen(0, '127.0.0.1', () => require('net').connect(server.address().port, 'localhost').on('close', () => console.log('closed')).resume())`
    expect(await run(program)).toEqual({ printed: 'closed', recorded: '' })
  })
})
