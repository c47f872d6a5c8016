/** Where things are. */
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const bench = join(dirname(fileURLToPath(import.meta.url)), '..')
export const root = join(bench, '..')

/** The JavaScript of the bench's processes, one folder further down than their sources. */
export const built = join(bench, '.built')

/** @param name of a file of run/, without its end */
export const program = (name: string): string => join(built, 'run', `${name}.js`)
