#!/usr/bin/env node
// The packed program: plain JavaScript that an old Node can read, so that it says why it stops.
const [major] = process.versions.node.split('.').map(Number)
if (major < 24) {
  console.error(`The command line of Pharos needs Node 24 or newer, this is ${process.versions.node}.`)
  process.exit(1)
}
await import('./command-line.js')
