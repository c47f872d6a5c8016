/** Prisma's clients of the peers, from bench/prisma/*.prisma, where those have changed. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { command } from './command.js'
import { bench } from './places.js'

const folder = join(bench, 'prisma')
const generated = join(bench, 'generated')
const stampFile = join(generated, '.stamp')

function stampOf(schemas: readonly string[]): string {
  const hash = createHash('sha256')
  for (const file of [...schemas, join(bench, 'package-lock.json')]) hash.update(readFileSync(file)).update('\0')
  return hash.digest('hex')
}

export async function generateClients(): Promise<void> {
  if (!existsSync(folder)) return
  const schemas = readdirSync(folder)
    .filter((name) => name.endsWith('.prisma'))
    .map((name) => join(folder, name))
  const stamp = stampOf(schemas)
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return
  rmSync(generated, { recursive: true, force: true })
  // Generating needs no schema engine, yet the CLI fetches it unless one is named.
  const env = { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_HIDE_UPDATE_MESSAGE: '1' }
  const prisma = join(bench, 'node_modules/prisma/build/index.js')
  for (const schema of schemas) {
    await command(process.execPath, [prisma, 'generate', `--schema=${schema}`], { cwd: bench, env })
  }
  mkdirSync(generated, { recursive: true })
  writeFileSync(stampFile, stamp)
}
