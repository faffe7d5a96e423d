import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

/** What another Node would say, told by this one: whatever the machine has beside the pin, the guard reads only this. */
function startAs(
  version: string,
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`
  const guarded = [
    '--import',
    `data:text/javascript,${encodeURIComponent(pretend)}`,
    '--import',
    './src/require-node.mjs',
  ]
  return promisify(execFile)(process.execPath, [...guarded, '--eval', 'console.log("started")']).then(
    (printed) => ({ code: 0, ...printed }),
    (ended: { code: number; stdout: string; stderr: string }) => ended,
  )
}

for (const version of ['18.19.0', '20.20.2', '22.21.1', '23.11.1']) {
  test(`Node ${version} is told in one sentence what to do, and nothing is started`, async () => {
    const { code, stdout, stderr } = await startAs(version)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(new RegExp(`^Pharos needs Node 24 or newer, this is ${version}: run "npm ci" .*\\.$`)),
    ])
  })
}

for (const version of ['24.0.0', '25.1.0', '100.0.0']) {
  test(`Node ${version} is new enough`, async () => {
    expect(await startAs(version)).toMatchObject({ code: 0, stdout: 'started\n', stderr: '' })
  })
}
