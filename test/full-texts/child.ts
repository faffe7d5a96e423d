import { parseArgs } from 'node:util'
import { sliTextLimits } from '../../slo/sli-reading.ts'
import { defaultTextLimits } from '../../slo/yaml.ts'
import { readers } from './readers.ts'
import { fullTexts, jsonFamilies, lexemesIn, valuesIn, yamlFamilies } from './texts.ts'

/** Prints a line of JSON for each text: what it is and the processor time that reading it takes, the least of some runs. */

const { values } = parseArgs({
  options: {
    'enough-ms': { type: 'string', default: '100' },
    /** Of the families, one of so many. */
    every: { type: 'string', default: '1' },
  },
})
/** What is promised; above it, the process ends with 1. */
const promisedMs = 300
const runsMax = 5

const { charactersMax, lexemesMax } = defaultTextLimits
const yaml = { charactersMax, partsMax: lexemesMax, count: lexemesIn }
const sli = { ...yaml, partsMax: sliTextLimits.lexemesMax }
const settings = { charactersMax: 256 * 1024, partsMax: 40_000, count: lexemesIn }
const json = { charactersMax: 1024 * 1024, partsMax: 50_000, count: valuesIn }
const formats = [
  { format: 'slo', families: yamlFamilies.slo, size: yaml },
  { format: 'sli', families: yamlFamilies.sli, size: sli },
  { format: 'project', families: yamlFamilies.settings, size: settings },
  { format: 'options', families: yamlFamilies.settings, size: settings },
  { format: 'pharos', families: yamlFamilies.settings, size: settings },
  { format: 'request', families: jsonFamilies, size: json },
  { format: 'event', families: jsonFamilies, size: json },
] as const

for (const { format, families, size } of formats) {
  for (const family of families.filter((_, place) => place % Number(values.every) === 0)) {
    for (const { name, text } of fullTexts(family, size)) {
      const ms = await leastMs(format, text)
      if (ms > promisedMs) process.exitCode = 1
      console.log(JSON.stringify({ format, name, ms }))
    }
  }
}

async function leastMs(format: keyof typeof readers, text: string): Promise<number> {
  let least = Infinity
  for (let run = 0; run < runsMax && least > Number(values['enough-ms']); run += 1) {
    const before = process.cpuUsage()
    await readers[format](text)
    const { user, system } = process.cpuUsage(before)
    least = Math.min(least, (user + system) / 1000)
  }
  return Math.round(least)
}
