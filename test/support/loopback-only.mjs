// Loaded into every process of the tests, those they start too: whatever would leave this machine fails at once, and is
// noted in the file that PHAROS_TEST_LEAVING names, because a test that expects a failure would not notice.
// Plain JavaScript: an old Node, which some tests start, reads it too.
import dgram from 'node:dgram'
import dns from 'node:dns'
import { appendFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import net, { isIP } from 'node:net'

/**
 * @param {string} what
 * @param {string} code
 */
function refuse(what, code) {
  const error = Object.assign(new Error(`a test tried to leave this machine: ${what}`), { code })
  const record = process.env['PHAROS_TEST_LEAVING']
  if (record !== undefined) appendFileSync(record, `${error.stack}\n`)
  return error
}

/** @param {string} host */
function staysHere(host) {
  if (isIP(host) === 0) return /(^|\.)localhost\.?$/i.test(host)
  return /^(127\.|0\.0\.0\.0$|::1?$|::ffff:127\.)/.test(host)
}

/**
 * Node's own callers hand over an array of what they were called with.
 *
 * @returns {string | undefined}
 */
function hostOf([first, second]) {
  if (Array.isArray(first)) return hostOf(first)
  if (typeof first === 'object' && first !== null) return first.host
  return typeof first === 'number' && typeof second === 'string' ? second : undefined
}

const connect = Reflect.get(net.Socket.prototype, 'connect')
net.Socket.prototype.connect = function guarded(...args) {
  const host = hostOf(args)
  // A name is looked up first, and that is guarded below.
  if (host === undefined || isIP(host) === 0 || staysHere(host)) return Reflect.apply(connect, this, args)
  const error = refuse(`connect ${host}`, 'ECONNREFUSED')
  process.nextTick(() => this.destroy(error))
  return this
}

/** Of a function that is handed a name and, at the end, whom to tell. */
function guardedLookup(original, of) {
  return (host, ...rest) => {
    if (isIP(host) !== 0 || staysHere(host)) return Reflect.apply(original, of, [host, ...rest])
    process.nextTick(rest.at(-1), refuse(`look up ${host}`, 'ENOTFOUND'))
    return {}
  }
}

function guardedPromise(original, of) {
  return async (host, ...rest) => {
    if (isIP(host) !== 0 || staysHere(host)) return Reflect.apply(original, of, [host, ...rest])
    throw refuse(`look up ${host}`, 'ENOTFOUND')
  }
}

for (const name of [
  'lookup',
  'resolve',
  'resolve4',
  'resolve6',
  'resolveAny',
  'resolveCname',
  'resolveSrv',
  'resolveTxt',
]) {
  dns[name] = guardedLookup(dns[name], dns)
  dns.promises[name] = guardedPromise(dns.promises[name], dns.promises)
}

const send = Reflect.get(dgram.Socket.prototype, 'send')
dgram.Socket.prototype.send = function guarded(...args) {
  const leaves = args.some((part) => typeof part === 'string' && isIP(part) !== 0 && !staysHere(part))
  if (leaves) throw refuse('send a datagram', 'ENETUNREACH')
  return Reflect.apply(send, this, args)
}

syncBuiltinESMExports()
