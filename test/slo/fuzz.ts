import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { expectAnswer } from './answers.ts'
import { mutableTexts, mutator } from './mutations.ts'

/**
 * `npm run fuzz:slo`: 100,000 mutated files, each of which must have an answer; `-- --count N --seed N` for others. `-- --full`: every
 * format's longest texts instead, of one structure again and again, in a process with little memory, each with its processor time.
 */
const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(Date.now()) },
    full: { type: 'boolean', default: false },
  },
})
if (values.full) {
  const child = fileURLToPath(new URL('../full-texts/child.ts', import.meta.url))
  process.exit(spawnSync(process.execPath, ['--max-old-space-size=100', child], { stdio: 'inherit' }).status ?? 1)
}
const count = Number(values.count)
const answers = { slo: 0, error: 0 }
const tookMs: number[] = []
const nextMutation = mutator(mutableTexts(), Number(values.seed))
for (let done = 0; done < count; done += 1) {
  const text = nextMutation()
  const startedAt = performance.now()
  try {
    answers[expectAnswer(text)] += 1
  } catch (error) {
    console.error(`mutation ${done} of seed ${values.seed} has no answer: ${JSON.stringify(text)}`)
    throw error
  }
  tookMs.push(performance.now() - startedAt)
}
tookMs.sort((one, other) => one - other)
const shown = (fraction: number) => `${(tookMs[Math.ceil(fraction * count) - 1] ?? 0).toFixed(2)} ms`
console.log(`${count} files of seed ${values.seed}: ${answers.slo} read, ${answers.error} refused with places`)
console.log(`each took ${shown(0.5)} (p50), ${shown(0.99)} (p99), ${shown(1)} (max), reading, judging and checking`)
