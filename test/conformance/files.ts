import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The recorded cases of this repository, and the whole set beside it, which a clone may lack. */
export const ownVectors = fileURLToPath(new URL('../vectors', import.meta.url))
export const sharedVectors = fileURLToPath(new URL('../../../shared/vectors', import.meta.url))

/** Every file of cases in a folder, by name. */
export function textsIn(folder: string): readonly { readonly name: string; readonly text: string }[] {
  return globSync(`${folder}/*.jsonl`)
    .toSorted()
    .map((path) => ({ name: basename(path), text: readFileSync(path, 'utf8') }))
}
