import { readFileSync } from 'node:fs'
import { foundAbove } from './found-above.js'

/** The tables of a schema in bench/prisma/. */
export const tablesSql = (name: 'sqlite' | 'postgresql' | 'better-auth'): string =>
  readFileSync(foundAbove(`prisma/${name}.sql`), 'utf8')
