/** What a CI system calls one run of one job; first known, first used. A run that is started again is another one. */
const runs: readonly (readonly string[])[] = [
  ['GITHUB_REPOSITORY', 'GITHUB_RUN_ID', 'GITHUB_RUN_ATTEMPT', 'GITHUB_JOB'],
  ['CI_PROJECT_ID', 'CI_JOB_ID'],
  ['BUILD_TAG'],
  ['CIRCLE_WORKFLOW_JOB_ID'],
  ['BUILDKITE_JOB_ID'],
  ['SYSTEM_COLLECTIONID', 'SYSTEM_JOBID', 'SYSTEM_JOBATTEMPT'],
]

const charactersMax = 255

/** The run that a command belongs to; undefined outside of a CI system. */
export function runId(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const known = runs.find((names) => names.every((name) => (env[name] ?? '') !== ''))
  if (known === undefined) return undefined
  const text = known.map((name) => env[name]).join('/')
  return text.replaceAll(/[^\x20-\x7e]/g, '_').slice(-charactersMax)
}
