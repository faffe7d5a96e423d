// Loaded before anything else by every script: plain JavaScript, so that an old Node can still read it and say why it stops.
import module from 'node:module'
import { fileURLToPath } from 'node:url'
import { ownNode, restartWith } from './own-node.mjs'

const [major] = process.versions.node.split('.').map(Number)
if (major < 24) {
  const own = ownNode()
  if (own !== undefined) await restartWith(own)
  console.error(
    `Pharos needs Node 24 or newer, this is ${process.versions.node}: run "npm ci" without --omit=optional (it brings its own Node on Linux and Windows), or install Node 24.`,
  )
  process.exit(1)
}

// Types are stripped once, not at every start; where nothing can be written it goes on without.
module.enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/pharos', import.meta.url)))
