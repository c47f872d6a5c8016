import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A file in the nearest folder above that has it: targets also run transpiled, from a folder further down. */
export function foundAbove(file: string): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, file))) {
    if (folder === dirname(folder)) throw new Error(`There is no ${file} above bench/targets.`)
    folder = dirname(folder)
  }
  return join(folder, file)
}
