import { described, wrapped } from './columns.ts'

/** The one command that is not run here: `src/main.ts` serves. */
export const serving = {
  name: 'serve',
  summary: 'Serve the API, as pharos without a command does; settings come from pharos.yaml and the environment.',
} as const

const variables = [
  { name: 'PHAROS_CONFIG', text: 'the settings file (pharos.yaml in the current folder, if it is there)' },
  { name: 'HOST, PORT', text: 'where to listen (127.0.0.1, 8080)' },
  {
    name: 'DATABASE_URL',
    text: 'a PostgreSQL, such as postgres://user:password@host:5432/database (none: the embedded one)',
  },
  { name: 'PHAROS_DATA', text: 'folder of the embedded database (.pharos)' },
  {
    name: 'PHAROS_PUBLIC_URL',
    text: 'where others reach it, such as https://ci.example/pharos; counts before publicUrl',
  },
  { name: 'PHAROS_SECRET_KEY', text: 'what signing keys of subscriptions are derived from' },
  { name: 'LOG_LEVEL', text: 'fatal, error, warn, info, debug, trace or silent (info)' },
] as const

/** What `pharos serve --help` prints. */
export function servingHelp(columns: number): string {
  const width = Math.max(...variables.map(({ name }) => name.length))
  return [
    'usage: pharos serve',
    '',
    ...wrapped(`${serving.summary} It takes no options. docs/operating.md has every setting.`, columns, 0),
    '',
    ...variables.flatMap(({ name, text }) => described(name, text, width, columns)),
    '',
  ].join('\n')
}
