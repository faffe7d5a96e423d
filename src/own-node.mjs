// Finds the Node that `npm ci` brings when a program is started with an older one: plain JavaScript, since the older one reads it.
import { spawn } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

/** Signals that are passed on to the process that replaces this one. */
const passedOn = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGUSR2']

/**
 * The path of the Node that came with `npm ci`; undefined without one, and when it is the one that runs.
 * @returns {string | undefined}
 */
export function ownNode() {
  const isWindows = process.platform === 'win32'
  const folder = `../node_modules/node-${isWindows ? 'win' : process.platform}-${process.arch}/bin`
  const path = fileURLToPath(new URL(`${folder}/node${isWindows ? '.exe' : ''}`, import.meta.url))
  if (!existsSync(path)) return undefined
  const own = realpathSync(path)
  return own === realpathSync(process.execPath) ? undefined : own
}

/**
 * Starts the same program with another Node, in this one's place: same arguments, streams and environment. Signals are passed
 * on, and this process ends as the other one does; it goes on only if that one cannot be started.
 * @param {string} node
 * @returns {Promise<void>}
 */
export function restartWith(node) {
  const child = spawn(node, [...process.execArgv, ...process.argv.slice(1)], { stdio: 'inherit' })
  const passOn = (signal) => child.kill(signal)
  for (const signal of passedOn) process.on(signal, passOn)
  child.on('exit', (code, signal) => {
    for (const one of passedOn) process.off(one, passOn)
    // Where the signal does not end this process, the code is what a shell would make of it.
    if (signal !== null) process.kill(process.pid, signal)
    process.exit(code ?? 128 + constants.signals[signal])
  })
  return new Promise((resolve) => child.on('error', () => resolve()))
}
