/** A later keystile: this tree's source in a folder of its own, with one migration more. */

import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ApiKeys, ApiKeysOptions } from 'keystile'
import { afterEachFile } from './after-each-file.js'
import { projectRoot } from './prisma-migrate.js'

export interface KeystileVersion {
  createApiKeys(options: ApiKeysOptions): ApiKeys
  migrateDatabase(keys: ApiKeys): Promise<{ readonly applied: readonly string[] }>
}

export const laterMigration = '29990101000000_later'

const folders: string[] = []

afterEachFile(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

/** @param sql what its migration does on the database with this name */
export async function laterVersion(provider: string, sql: string): Promise<KeystileVersion> {
  const folder = mkdtempSync(join(tmpdir(), 'keystile-later-'))
  folders.push(folder)
  for (const part of ['src', 'prisma', 'package.json'])
    cpSync(join(projectRoot, part), join(folder, part), { recursive: true })
  symlinkSync(join(projectRoot, 'node_modules'), join(folder, 'node_modules'), 'dir')
  raiseVersion(join(folder, 'src/database/migrations.ts'))
  const migration = join(folder, 'prisma', provider, 'migrations', laterMigration)
  mkdirSync(migration)
  writeFileSync(join(migration, 'migration.sql'), sql)
  const load = (file: string) => import(pathToFileURL(join(folder, 'src', file)).href)
  return { ...(await load('index.ts')), ...(await load('migrate.ts')) } as KeystileVersion
}

function raiseVersion(file: string): void {
  const before = readFileSync(file, 'utf8')
  const after = before.replace(/schemaVersion = (\d+)/, (_, version) => `schemaVersion = ${Number(version) + 1}`)
  if (after === before) throw new Error(`${file} has no schemaVersion`)
  writeFileSync(file, after)
}
