import type { ApiOperation } from '../support/openapi.ts'
import type { Sent } from './send.ts'

/** Something in the form of a request that no schema is about. */
export interface Flaw {
  readonly name: string
  /** Whether it can be in a request of this operation. */
  readonly suits: (
    operation: ApiOperation & { readonly method: string; readonly path: string },
    isGuarded: boolean,
  ) => boolean
  readonly apply: (sent: Sent) => Sent
  /** The statuses that it must lead to; without them any that the document has. */
  readonly leadsTo?: readonly number[]
}

const hasBody: Flaw['suits'] = ({ requestBody }) => requestBody !== undefined
const always: Flaw['suits'] = () => true
const writes: Flaw['suits'] = ({ method }) => method !== 'GET'

export const flaws: readonly Flaw[] = [
  ...['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'TRACE', 'PROPFIND', 'QUERY', 'REPORT'].map(
    (method): Flaw => ({ name: `method ${method}`, suits: always, apply: (sent) => ({ ...sent, method }) }),
  ),
  header('compressed', 'content-encoding', 'gzip', hasBody),
  header('another charset', 'content-type', 'application/json; charset=utf-16', hasBody),
  header('no media type', 'content-type', '', hasBody),
  header('a form', 'content-type', 'multipart/form-data; boundary=x', hasBody),
  header('a text', 'content-type', 'text/plain', hasBody),
  header('another origin', 'origin', 'https://elsewhere.example', writes, [403, 401]),
  header('another site', 'sec-fetch-site', 'cross-site', writes, [403]),
  header('another host', 'host', 'elsewhere.example', isOpenOne, [421]),
  header('two content types', 'content-type', ['application/json', 'text/plain'], hasBody),
  header('two keys', 'idempotency-key', ['a', '"b"'], always),
  header('two preferences', 'prefer', ['wait=0', 'respond-async'], always),
  header('odd characters', 'idempotency-key', 'k\u{e9}', always),
  header('a long header', 'x-long', 'x'.repeat(17_000), always, [431]),
  header('no token', 'authorization', '', isGuardedOne, [401]),
  // The first ten within a minute are 401.
  header('another token', 'authorization', 'Bearer something-else-entirely', isGuardedOne, [401, 429]),
  header('no bearer', 'authorization', 'Basic eDp5', isGuardedOne, [401]),
  header('two tokens', 'authorization', ['Bearer a', 'Bearer b'], always),
  body('nothing', ''),
  body('a number that is too large', '{"indicators":[{"metric":"a","value":1e400}]}'),
  body('no JSON', '{"labels": ', [400, 401, 415, 422]),
  body('__proto__', '{"__proto__":{}}', [400, 401, 415, 422]),
  body('too deep', `${'['.repeat(150)}${']'.repeat(150)}`, [400, 401, 415, 422]),
  body('invalid UTF-8', Buffer.from([0x22, 0xff, 0x22]), [400, 401, 415, 422]),
  body('a megabyte', `"${'x'.repeat(1_100_000)}"`, [413, 401, 415]),
  path('a slash more', (text) => `${text.split('?')[0]}/`),
  path('two slashes', (text) => `/${text}`),
  path('a part more', (text) => `${text.split('?')[0]}/more`),
  path('a broken escape', (text) => `${text.split('?')[0]}%zz`),
  path('NUL', (text) => `${text.split('?')[0]}%00`),
  path('overlong UTF-8', (text) => `${text.split('?')[0]}%c0%af`),
  path('dots', (text) => `${text.split('?')[0]}/%2e%2e/%2e%2e`),
  path('upper case', (text) => text.toUpperCase()),
  path('a query parameter more', (text) => `${text}${text.includes('?') ? '&' : '?'}extra=1`),
  path('a query parameter twice', (text) => (text.includes('?') ? `${text}&${text.split('?')[1]}` : text)),
  path('a broken query', (text) => `${text}${text.includes('?') ? '&' : '?'}%zz=%&=&&`),
]

function isGuardedOne(operation: ApiOperation, isGuarded: boolean): boolean {
  return isGuarded && operation.security === undefined
}

/** What would need a token if there were any. */
function isOpenOne(operation: ApiOperation, isGuarded: boolean): boolean {
  return !isGuarded && operation.security === undefined
}

function header(
  name: string,
  field: string,
  value: string | readonly string[],
  suits: Flaw['suits'],
  leadsTo?: readonly number[],
): Flaw {
  return {
    name,
    suits,
    apply: (sent) => ({ ...sent, headers: { ...sent.headers, [field]: value } }),
    ...(leadsTo && { leadsTo }),
  }
}

function body(name: string, text: string | Buffer, leadsTo?: readonly number[]): Flaw {
  return {
    name: `body with ${name}`,
    suits: writes,
    apply: (sent) => ({
      ...sent,
      headers: { 'content-type': 'application/json', ...sent.headers },
      body: Buffer.from(text),
    }),
    ...(leadsTo && { leadsTo }),
  }
}

function path(name: string, change: (path: string) => string): Flaw {
  return { name: `path with ${name}`, suits: always, apply: (sent) => ({ ...sent, path: change(sent.path) }) }
}
