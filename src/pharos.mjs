#!/usr/bin/env node
// The program by name: plain JavaScript, so that an old Node gets as far as the sentence that says why it stops.
await import('./require-node.mjs')
await import('./main.ts')
