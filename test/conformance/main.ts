import { readFileSync } from 'node:fs'
import { reportLines, runTexts } from './run.ts'

/** `npm run conformance -- FILE…`: recorded cases against slo/; exit code 1 when one fails, or none ran. */
const summary = runTexts(process.argv.slice(2).map((name) => ({ name, text: readFileSync(name, 'utf8') })))
for (const line of reportLines(summary)) console.log(line)
process.exitCode = summary.failures.length > 0 || summary.passed === 0 ? 1 : 0
