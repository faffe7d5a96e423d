import { cp, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const repository = fileURLToPath(new URL('../..', import.meta.url))

interface Edit {
  readonly file: string
  /** Must be there, once. */
  readonly found: string
  readonly planted: string
}

/** Mistakes that the program does not have; the torture must find each. They exist in a copy of the program only. */
export const plants = {
  'ack-before-commit': [
    {
      file: 'src/storage/evaluations.ts',
      found: 'export async function acceptEvaluation(',
      planted: `export async function acceptEvaluation(pool: Pool, accepted: NewEvaluation, announcer: Announcer, ceilings: QueueCeilings) {
  setTimeout(() => acceptLater(pool, { ...accepted, leaseMs: undefined }, announcer, ceilings).catch(() => {}), 40)
  const evaluation = toOpenEvaluation(accepted, { attempt: 1, retry_of: null, retry: null, at: new Date(), started_at: null })
  return { evaluation, replayed: false, bodyDigest: accepted.idempotency?.bodyDigest }
}

async function acceptLater(`,
    },
  ],
  'no-fencing': [
    {
      file: 'src/storage/evaluation-queue.ts',
      found: 'where e.id = $1 and e.finished_at is null and ($2::uuid is null or e.lease_token = $2)',
      planted: 'where e.id = $1 and $2::text is distinct from $1::text',
    },
    {
      file: 'src/announcing/keptn-events.ts',
      found: '`${type}/${ordinal}`',
      planted: '`${type}/${ordinal + Math.random()}`',
    },
    { file: 'src/evaluation/leases.ts', found: 'held.get(one)?.abort(new Error', planted: 'void (new Error' },
  ],
  'outbox-outside-transaction': [
    {
      file: 'src/storage/evaluation-queue.ts',
      found: "${announcing('ended', 14)}",
      planted: `unannounced as (select $14::text, $15::text, $16::text, $17::text, $18::text[], $19::text)`,
    },
    {
      file: 'src/storage/evaluation-queue.ts',
      found: '  const { started_at: startedAt, at: finishedAt } = EndedRow.parse(rows[0])\n  return { ...evaluation',
      planted: `  const { started_at: startedAt, at: finishedAt } = EndedRow.parse(rows[0])
  await new Promise((resolve) => setTimeout(resolve, 40))
  await pool.query(
    \`with ended as (select $1::uuid as id, clock_timestamp() as at), \${announcing('ended', 2)} select 1\`,
    [evaluation.id, ...announcement(announcer.finished(evaluation, outcome.explanation), evaluation)],
  )
  return { ...evaluation`,
    },
  ],
} as const satisfies Readonly<Record<string, readonly Edit[]>>

export type Plant = keyof typeof plants

/** A copy of the program in `folder` with a mistake in it. Throws when the place of the mistake is not found once. */
export async function planted(plant: Plant, folder: string): Promise<string> {
  for (const part of ['src', 'slo', 'providers', 'migrations', 'package.json']) {
    await cp(join(repository, part), join(folder, part), { recursive: true })
  }
  await symlink(join(repository, 'node_modules'), join(folder, 'node_modules'))
  for (const { file, found, planted: mistake } of plants[plant]) {
    const text = await readFile(join(folder, file), 'utf8')
    if (text.split(found).length !== 2) throw new Error(`${plant}: ${file} does not hold ${JSON.stringify(found)} once`)
    // A function, since a text would have its dollar signs interpreted.
    await writeFile(
      join(folder, file),
      text.replace(found, () => mistake),
    )
  }
  return folder
}
