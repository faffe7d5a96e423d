import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, sep } from 'node:path'

/** Source texts by their path from the repository's root, with forward slashes. */
export type Sources = ReadonlyMap<string, string>

export interface Import {
  /** As written. */
  readonly from: string
  /** Gone when the program runs. */
  readonly isTypeOnly: boolean
}

/** What a room may import; its files' paths begin with `path`. The first that fits is a file's room. */
export interface Room {
  readonly path: string
  readonly rooms: readonly string[]
  /** Packages by name; `node:` is everything that comes with Node. */
  readonly libraries: readonly string[]
}

export function readSources(root: string, folders: readonly string[], ending: string): Sources {
  const paths = folders.flatMap((folder) => filesBelow(root, folder)).filter((path) => path.endsWith(ending))
  return new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]))
}

/** A sentence for each import that the doors do not allow. */
export function doorMistakes(sources: Sources, doors: readonly Room[]): readonly string[] {
  return [...sources].flatMap(([path, source]) => {
    const door = roomOf(path, doors)
    if (door === undefined) return [`${path} is in no room`]
    return importsOf(source)
      .filter((one) => !isAllowed(path, one, door, doors))
      .map(({ from }) => {
        const allowed = [...door.rooms, ...door.libraries].join(', ')
        return `${path} must not import ${from.startsWith('.') ? target(path, from) : from}: ${door.path} may import ${allowed}`
      })
  })
}

/** The files of each cycle of imports, as a sentence. Types count: two files that need each other are one. */
export function cycles(sources: Sources): readonly string[] {
  const done = new Set<string>()
  const found: string[] = []
  function visit(path: string, trail: readonly string[]): void {
    if (trail.includes(path)) {
      found.push(`imports go in a circle: ${[...trail.slice(trail.indexOf(path)), path].join(' → ')}`)
      return
    }
    if (done.has(path)) return
    const files = importsOf(sources.get(path) ?? '').filter(({ from }) => from.startsWith('.'))
    for (const { from } of files) visit(target(path, from), [...trail, path])
    done.add(path)
  }
  for (const path of sources.keys()) visit(path, [])
  return found
}

/** A sentence for each path that a document names and that is not there. `exists` is asked for paths from the root. */
export function deadPaths(
  documents: Sources,
  folders: readonly string[],
  exists: (path: string) => boolean,
): readonly string[] {
  return [...documents].flatMap(([document, text]) => {
    const prose = text.replaceAll(/^```.*?^```/gms, '')
    const named = [...prose.matchAll(/`([^`\n]+)`/g)]
      .map(([, code]) => code ?? '')
      .filter((code) => /^[\w.@/-]+$/.test(code))
      .filter((code) => folders.includes(code.split('/', 1)[0] ?? '') && code.includes('/'))
    const linked = [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, link]) => link?.split('#', 1)[0] ?? '')
      .filter((link) => link !== '' && !/^[a-z]+:/.test(link))
      .map((link) => target(document, link))
    const dead = new Set([...named, ...linked].filter((path) => !exists(path)))
    return [...dead].map((path) => `${document} names ${path}, which does not exist`)
  })
}

export function importsOf(source: string): readonly Import[] {
  const statements = source.matchAll(/^(?:import|export)(\s+type)?\s*(?:[\w*{][^'";]*?\sfrom\s*)?['"]([^'"]+)['"]/gm)
  const calls = source.matchAll(/\bimport\(\s*['"]([^'"]+)['"]/g)
  return [
    ...[...statements].map(([, type, from]) => ({ from: from ?? '', isTypeOnly: type !== undefined })),
    ...[...calls].map(([, from]) => ({ from: from ?? '', isTypeOnly: false })),
  ]
}

function isAllowed(path: string, { from }: Import, door: Room, doors: readonly Room[]): boolean {
  if (from.startsWith('node:')) return door.libraries.includes('node:')
  if (!from.startsWith('.')) return door.libraries.includes(from.split('/', from.startsWith('@') ? 2 : 1).join('/'))
  const room = roomOf(target(path, from), doors)
  if (room === undefined) return false
  return door.rooms.includes(room.path)
}

function roomOf(path: string, doors: readonly Room[]): Room | undefined {
  return doors.find((door) => path.startsWith(door.path))
}

function target(path: string, from: string): string {
  return normalize(join(dirname(path), from))
    .split(sep)
    .join('/')
}

function filesBelow(root: string, folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .map((path) => path.split(sep).join('/'))
}
