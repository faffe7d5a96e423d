import { openProvider } from '../../providers/index.ts'

/** The program of a process of its own: asks `worst-bodies.ts` at a URL for one of its bodies, twenty times, and tells the memory it took. */
const [url, query = ''] = process.argv.slice(2)
const opened = openProvider('p', { kind: 'prometheus', url }, () => Promise.reject(new Error('no secret')))
if (opened.kind === 'invalid') throw new Error(JSON.stringify(opened.mistakes))
const { provider } = opened.instance
const end = new Date()
const options = query === 'values' ? { mode: 'range', reduce: 'max' } : {}
const replies = await provider.measure({
  window: { start: new Date(end.getTime() - 60_000), end },
  indicators: Array.from({ length: 20 }, (_, index) => ({ name: String(index), query, options })),
  signal: new AbortController().signal,
  deadline: new Date(Date.now() + 20_000),
})
await provider.close()
const outcomes = [...new Set(replies.map(({ outcome }) => outcome))]
process.stdout.write(JSON.stringify({ outcomes, memoryMb: process.resourceUsage().maxRSS / 1024 }))
