import { fileURLToPath } from 'node:url'
import { copyFileSync } from 'node:fs'
import { build } from 'rolldown'

/**
 * The command line as one file of plain JavaScript, since Node strips no types below node_modules: everything that `npx pharos`
 * does but serving, for which a clone of the repository is needed. Its libraries are in it, so that whoever only judges with
 * `pharos/slo` installs none of them.
 */
const root = new URL('../../', import.meta.url)
const path = (name: string): string => fileURLToPath(new URL(name, root))

await build({
  input: path('src/main.ts'),
  platform: 'node',
  logLevel: 'warn',
  plugins: [
    {
      name: 'without the service',
      resolveId: (source) => (source === './compose.ts' ? path('test/package/no-service.ts') : null),
    },
  ],
  output: { file: path('dist/command-line.js'), format: 'esm', codeSplitting: false, comments: { legal: true } },
})
copyFileSync(path('test/package/pharos.mjs'), path('dist/pharos.mjs'))
