import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { z } from 'zod'

/**
 * `prepack` and `postpack`: package.json as it goes into the tarball, and back. A library must not bring its own Node along,
 * and whoever only judges needs no database: what stays of the dependencies is what dist/slo imports. The program brings its
 * libraries with it.
 */
const Manifest = z.looseObject({
  scripts: z.record(z.string(), z.string()).optional(),
  dependencies: z.record(z.string(), z.string()),
})

const manifestPath = 'package.json'
const originalPath = 'dist/package.original.json'

/** What dist/ is compiled for, see tsconfig.json beside this file. */
const engines = { node: '>=20' }

function pack(): void {
  // After a pack that was cut off, the original is the copy.
  const isPacked = Manifest.parse(JSON.parse(readFileSync(manifestPath, 'utf8'))).scripts === undefined
  const text = readFileSync(isPacked ? originalPath : manifestPath, 'utf8')
  const manifest = Manifest.parse(JSON.parse(text))
  const code = globSync('dist/slo/**/*.js').map((path) => readFileSync(path, 'utf8'))
  const dependencies = Object.fromEntries(
    Object.entries(manifest.dependencies).filter(([name]) => code.some((source) => source.includes(`from '${name}'`))),
  )
  const bin = { pharos: 'dist/pharos.mjs' }
  const left = { scripts: undefined, devDependencies: undefined, optionalDependencies: undefined }
  writeFileSync(originalPath, text)
  writeFileSync(manifestPath, `${JSON.stringify({ ...manifest, ...left, bin, engines, dependencies }, null, 2)}\n`)
}

function restore(): void {
  if (existsSync(originalPath)) writeFileSync(manifestPath, readFileSync(originalPath))
}

if (process.argv[2] === 'restore') restore()
else pack()
