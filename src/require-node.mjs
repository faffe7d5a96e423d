// Loaded before anything else by every script: plain JavaScript, so that an old Node can still read it and say why it stops.
const [major] = process.versions.node.split('.').map(Number)
if (major < 24) {
  console.error(
    `Pharos needs Node 24 or newer, this is ${process.versions.node}: run "npm ci" without --omit=optional (it brings its own Node on Linux and Windows), or install Node 24.`,
  )
  process.exit(1)
}
