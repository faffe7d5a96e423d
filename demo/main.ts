import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { logEnd } from './child.ts'
import { scoreHistoryPath } from './client.ts'
import { findPrometheus } from './find-prometheus.ts'
import { createNarrator, type Narrator } from './narrator.ts'
import { tellPromotion } from './promote/story.ts'
import { openScene, type Scene } from './scene.ts'
import { measuringMs, tellStory } from './story.ts'

const usage = `usage: npm run demo [-- --once | --promote]

Judges three versions of a sample service on real measurements, then lives through an outage and a crash.
Keeps serving until Ctrl-C; with --once it ends after the story, with 0 when everything came out as told and 1 otherwise.
With --promote it tells another story, of a control plane that promotes builds through three stages, and ends after it.`

/** What was fetched is kept here for the next time. */
const toolsFolder = fileURLToPath(new URL('../.pharos/tools', import.meta.url))

const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const
type EndSignal = keyof typeof exitCodes

/** Answers the exit code. */
async function main({ isOnce, isPromotion }: Wanted): Promise<number> {
  const narrator = createNarrator(process.stdout)
  const interrupt = new AbortController()
  const signalled = firstSignal(interrupt)
  const scope = new AsyncDisposableStack()
  try {
    const story = isPromotion ? runPromotion(narrator, scope) : runStory(narrator, interrupt.signal, scope)
    const ending = await Promise.race([story, signalled])
    if (typeof ending === 'string') return exitCodes[ending]
    if (ending !== undefined && !isOnce) {
      invite(ending, narrator)
      await signalled
    }
    return narrator.surprises() === 0 ? 0 : 1
  } finally {
    await scope.disposeAsync()
  }
}

/** The first signal ends everything in order. Further ones change nothing: npm passes on what the terminal sent already. */
function firstSignal(interrupt: AbortController): Promise<EndSignal> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        interrupt.abort()
        resolve(signal)
      })
    }
  })
}

/** Answers when the story is told. */
async function runPromotion(narrator: Narrator, scope: AsyncDisposableStack): Promise<void> {
  const folder = await folderFor(scope)
  narrator.chapter(
    'Pharos: a control plane promotes what passed, and nothing else',
    'About half a minute. Builds go from dev to staging to prod: promoted on pass, held on warning, stopped on fail.',
  )
  await tellPromotion(folder, narrator, scope)
  narrator.chapter(...verdict(narrator.surprises(), 'Five builds, one evaluation and one answer in each stage.'))
}

async function folderFor(scope: AsyncDisposableStack): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pharos-demo-'))
  scope.defer(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Answers what still runs. */
async function runStory(narrator: Narrator, interrupt: AbortSignal, scope: AsyncDisposableStack): Promise<Scene> {
  const folder = await folderFor(scope)
  narrator.chapter(
    'Pharos: a service is judged on real measurements',
    'About a minute and a half, most of it measuring.',
  )
  const found = await findPrometheus({
    env: process.env,
    folder: toolsFolder,
    signal: interrupt,
    onFetch: (sentence) => narrator.say(sentence),
  })
  if (found.kind === 'found')
    narrator.say(`Prometheus ${found.version ?? 'of an unknown version'} (${found.origin}) scrapes every second.`)
  else narrator.say(`${found.advice} The same story is told with values that the load generator counts and pushes.`)
  const scene = await openScene(folder, found.kind === 'found' ? found.binary : undefined, scope)
  introduce(scene, narrator)
  try {
    await tellStory(scene, narrator, measuringMs)
  } catch (error) {
    if (!interrupt.aborted) showLog(scene, narrator)
    throw error
  }
  if (narrator.surprises() > 0) showLog(scene, narrator)
  narrator.chapter(...verdict(narrator.surprises(), 'Six chapters, one recorded and announced outcome each.'))
  return scene
}

function verdict(surprises: number, whole: string): readonly [title: string, told: string] {
  if (surprises === 0) return ['Everything came out as told', whole]
  return ['Not everything came out as told', `${surprises} of the lines above are marked with ✗.`]
}

function introduce({ carts, pharos, prometheus }: Scene, narrator: Narrator): void {
  narrator.list([
    ['Pharos', `${pharos.url}   a fresh embedded database`],
    ...(prometheus === undefined ? [] : [['Prometheus', prometheus.url] as const]),
    ...carts.map(({ version, url }) => [`carts ${version}`, `${url}/metrics`] as const),
    ['objectives', 'slo/examples/shop/staging/carts/slo.yaml'],
    ['queries', 'slo/examples/shop/prometheus/sli.yaml'],
  ])
}

function invite({ pharos, prometheus }: Scene, narrator: Narrator): void {
  narrator.say('Everything keeps running, to be looked at. Ctrl-C ends it.')
  narrator.list([
    ['history', pharos.url + scoreHistoryPath],
    ['the API', `${pharos.url}/openapi.json`],
    ...(prometheus === undefined ? [] : [['Prometheus', prometheus.url] as const]),
  ])
}

function showLog({ pharos }: Scene, narrator: Narrator): void {
  narrator.say(`The end of Pharos's log:`)
  narrator.list(
    logEnd(pharos.logFile)
      .split('\n')
      .map((line) => ['', line]),
  )
}

interface Wanted {
  readonly isOnce: boolean
  readonly isPromotion: boolean
}

function wanted(args: string[]): Wanted {
  const flag = { type: 'boolean' } as const
  const { values } = parseArgs({ args, options: { once: flag, promote: flag, help: flag } })
  if (values.help) {
    process.stdout.write(`${usage}\n`)
    process.exit(0)
  }
  return { isOnce: values.once ?? false, isPromotion: values.promote ?? false }
}

try {
  process.exit(await main(wanted(process.argv.slice(2))))
} catch (error) {
  process.stderr.write(`\nThe demo broke off: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}
