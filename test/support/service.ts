import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pino, type Logger } from 'pino'
import { inject } from 'vitest'
import { stringify } from 'yaml'
import { compose, type Service } from '../../src/compose.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { prepareDatabase, type PreparedDatabase } from './database.ts'

export interface Reply {
  readonly status: number
  readonly headers: Headers
  // What a test looks at is for the test to say.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any
}

export interface TestService {
  readonly url: string
  /** Where its definitions are. */
  readonly root: string
  /** `path` begins with a slash; a body that is no text is sent as JSON. */
  request(method: string, path: string, options?: { headers?: Record<string, string>; body?: unknown }): Promise<Reply>
  /** POST …/evaluations of shop/staging/carts, waiting for the end unless `headers` say otherwise. */
  evaluate(body: unknown, headers?: Record<string, string>): Promise<Reply>
  stop(): Promise<void>
}

export interface TestServiceOptions {
  /** Paths below the definitions root and their texts. */
  readonly files?: Readonly<Record<string, string>>
  /** Of pharos.yaml, beside `definitions`. */
  readonly settings?: object
  readonly env?: Readonly<Record<string, string>>
  /** What a provider's reference stands for. */
  readonly secret?: (reference: string) => Promise<string>
  /** Silent without it. */
  readonly log?: Logger
  /** Given: it is the caller's to remove. */
  readonly database?: PreparedDatabase
}

export const evaluationsPath = '/v1/projects/shop/stages/staging/services/carts/evaluations'

/** A folder of definitions with these files. */
export async function writeFiles(files: Readonly<Record<string, string>>): Promise<string> {
  const root = await mkdtemp(join(inject('testFolder'), 'files-'))
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
  return root
}

/** The whole service in this process, on a database of its own and a free port. */
export async function startService(options: TestServiceOptions = {}): Promise<TestService> {
  const database = options.database ?? (await prepareDatabase())
  const root = await writeFiles({ 'shop/.keep': '', ...options.files })
  const settings = await writeFiles({ 'pharos.yaml': stringify({ definitions: root, ...options.settings }) })
  const env = { ...database.env, PORT: '0', PHAROS_CONFIG: join(settings, 'pharos.yaml'), ...options.env }
  const config = await loadConfig(env, { cwd: settings })
  const secret = options.secret ?? (async (reference: string): Promise<string> => `secret of ${reference}`)
  const service = await compose(config, { log: options.log ?? pino({ level: 'silent' }), secret, env: process.env })
  return {
    root,
    ...client(service),
    stop: async () => {
      await service.stop()
      if (options.database === undefined) await database.remove()
    },
  }
}

/** Requests to a service, wherever it runs. */
export function client({ url }: Pick<Service, 'url'>): Omit<TestService, 'root' | 'stop'> {
  const request: TestService['request'] = async (method, path, { headers = {}, body } = {}) => {
    const sent =
      body === undefined
        ? { method, headers }
        : {
            method,
            headers: { 'content-type': 'application/json', ...headers },
            body: typeof body === 'string' ? body : JSON.stringify(body),
          }
    const reply = await fetch(`${url}${path}`, sent)
    const text = await reply.text()
    return { status: reply.status, headers: reply.headers, body: text === '' ? undefined : JSON.parse(text) }
  }
  return {
    url,
    request,
    evaluate: (body, headers = { prefer: 'wait=20' }) => request('POST', evaluationsPath, { headers, body }),
  }
}
