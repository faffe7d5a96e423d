import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, symlink, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { freePort } from '../demo/port.ts'
import { realPrometheus, realPrometheusMs } from './support/real-prometheus.ts'

const repository = fileURLToPath(new URL('..', import.meta.url))

/** The shell stays in one process, as that of a reader who types it, so that what runs in the background is still known. */
const shellOptions = { maxBuffer: 2 ** 24, timeout: 150_000, killSignal: 'SIGKILL' } as const

let clone = ''

beforeEach(async () => {
  clone = await mkdtemp(join(tmpdir(), 'pharos-tutorial-'))
})

afterEach(() => rm(clone, { recursive: true }))

interface Block {
  /** The file that the line before it names. */
  readonly file: string | undefined
  readonly language: string
  readonly text: string
}

/** The fenced blocks of a document, in order. */
function blocksOf(document: string): readonly Block[] {
  const blocks = document.matchAll(/(?:^`([\w./-]+)`\n\n)?^```(\w*)\n(.*?)^```$/gms)
  return [...blocks].map(([, file, language = '', text = '']) => ({ file, language, text }))
}

test(
  'the tutorial: every file and every command, in the order of the page',
  async () => {
    const ports = { 8080: await freePort(), 9090: await freePort() }
    const document = Object.entries(ports).reduce(
      (text, [written, port]) => text.replaceAll(`127.0.0.1:${written}`, `127.0.0.1:${port}`),
      await readFile(join(repository, 'docs/tutorial.md'), 'utf8'),
    )
    const blocks = blocksOf(document)
    for (const { file, text } of blocks) {
      if (file === undefined) continue
      await mkdir(dirname(join(clone, file)), { recursive: true })
      await writeFile(join(clone, file), text)
    }
    for (const name of ['package.json', 'src', 'slo', 'providers', 'migrations', 'node_modules']) {
      await symlink(join(repository, name), join(clone, name))
    }
    const commands = blocks.filter(({ file, language }) => file === undefined && language === 'sh')
    const script = ['set -e', ...commands.map(({ text }) => text)].join('\n')
    const { output, code } = await runInClone(script, ports)

    expect({ code, output }).toMatchObject({ code: 0 })
    expect(output).toContain('every file is valid, every indicator is answered')
    const promised = blocks.filter(({ file, language }) => file === undefined && language === '')
    expect(promised.length).toBeGreaterThan(1)
    for (const { text } of promised) expect(output).toContain(text)
    expect(output.match(/^promoted$/gm)).toHaveLength(1)
    expect(output).toContain('Failed because of the key objective Errors (%)')
    // The same three in the history, the newest first.
    expect(output.match(/^[\d-]+ [\d:]+ +(pass|fail) /gm)?.map((line) => line.trim().split(/ +/).at(-1))).toEqual([
      'fail',
      'pass',
      'pass',
    ])
  },
  realPrometheusMs,
)

async function runInClone(script: string, ports: { readonly 8080: number }) {
  const prometheus = dirname((await realPrometheus()).binary)
  const env = {
    ...process.env,
    PATH: [prometheus, dirname(process.execPath), process.env['PATH']].join(delimiter),
    PORT: String(ports[8080]),
    PHAROS_URL: `http://127.0.0.1:${ports[8080]}`,
  }
  return new Promise<{ readonly code: unknown; readonly output: string }>((resolve) => {
    // Whatever a failed step leaves running ends with the shell.
    const shell = `trap 'kill $(jobs -p) 2> /dev/null' EXIT\n${script}`
    execFile('bash', ['-c', shell], { ...shellOptions, cwd: clone, env }, (error, out, said) => {
      resolve({ code: error?.code ?? 0, output: `${out}\n${said}` })
    })
  })
}
