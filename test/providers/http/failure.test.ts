import { describe, expect, test } from 'vitest'
import { answerOfError } from '../../../providers/http/failure.ts'

const asked = { endpoint: 'https://prom.example:9090/api/v1/query', credentials: undefined, notFoundCure: '' }

function withCode(code: unknown): Error {
  return Object.assign(new Error('a message with a secret'), { code })
}

describe('an error of the network is a sentence', () => {
  const trust = 'set tls.ca, or start Pharos with NODE_EXTRA_CA_CERTS=<file>, if you use your own certificate authority'
  for (const { code, message } of [
    { code: 'ENOTFOUND', message: 'cannot connect: ENOTFOUND prom.example:9090' },
    { code: 'EAI_AGAIN', message: 'cannot connect: EAI_AGAIN prom.example:9090' },
    { code: 'UND_ERR_CONNECT_TIMEOUT', message: 'cannot connect: UND_ERR_CONNECT_TIMEOUT prom.example:9090' },
    {
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
      message: `certificate of prom.example:9090 not trusted: DEPTH_ZERO_SELF_SIGNED_CERT; ${trust}`,
    },
    {
      code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      message: `certificate of prom.example:9090 not trusted: UNABLE_TO_VERIFY_LEAF_SIGNATURE; ${trust}`,
    },
    { code: 'CERT_HAS_EXPIRED', message: `certificate of prom.example:9090 not trusted: CERT_HAS_EXPIRED; ${trust}` },
    {
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
      message: `certificate of prom.example:9090 not trusted: ERR_TLS_CERT_ALTNAME_INVALID; ${trust}`,
    },
    {
      code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
      message: `prom.example:9090 refuses TLS: ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED; does it require a client certificate, or a different one?`,
    },
    { code: 'EPROTO', message: 'no TLS with prom.example:9090: EPROTO; should the URL begin with http://?' },
    { code: 'EPIPE', message: 'connection to prom.example:9090 lost before the reply was complete: EPIPE' },
    {
      code: 'UND_ERR_SOCKET',
      message: 'connection to prom.example:9090 lost before the reply was complete: UND_ERR_SOCKET',
    },
  ]) {
    test(`code ${code}`, () => {
      expect(answerOfError(withCode(code), asked)).toEqual({ outcome: 'upstream', message, warnings: [] })
    })
  }
})

describe('an error of ours is not explained away', () => {
  for (const error of [new TypeError('x is undefined'), withCode(20), 'text', undefined]) {
    test(`such as ${String(error)}`, () => {
      expect(answerOfError(error, asked)).toBeUndefined()
    })
  }
})
