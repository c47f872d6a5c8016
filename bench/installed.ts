/** What a run needs beside the repository itself: the peers' packages, and their Prisma clients. */
import { execFile } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { makeClients, schemas } from './prisma/make.js'

const folder = dirname(fileURLToPath(import.meta.url))

interface Locked {
  readonly version?: string
  readonly optional?: boolean
}

const packagesOf = (file: string): Record<string, Locked> =>
  (JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, Locked> }).packages

/** Whether node_modules has what the lock says. Optional packages may be for other systems. */
function matchesLock(): boolean {
  const installed = join(folder, 'node_modules/.package-lock.json')
  if (!existsSync(installed)) return false
  const [locked, there] = [packagesOf(join(folder, 'package-lock.json')), packagesOf(installed)]
  return (
    Object.keys(there).every((path) => path in locked) &&
    Object.entries(locked).every(
      ([path, { version, optional }]) =>
        path === '' || there[path]?.version === version || (optional === true && there[path] === undefined)
    )
  )
}

/** Whether each client is younger than its schema and than the Prisma that makes it. */
function clientsAreNew(): boolean {
  const changed = (path: string) => statSync(join(folder, path), { throwIfNoEntry: false })?.mtimeMs ?? 0
  const prisma = changed('node_modules/.package-lock.json')
  return schemas.every(
    ({ name }) => changed(`generated/${name}/client.ts`) > Math.max(prisma, changed(`prisma/${name}.prisma`))
  )
}

/** Installs in bench/ and generates its clients, where that is due. */
export async function installed(): Promise<void> {
  // With NODE_ENV=production npm would leave the types out.
  if (!matchesLock())
    await promisify(execFile)('npm', ['ci', '--include=dev', '--no-audit', '--no-fund'], { cwd: folder })
  if (!clientsAreNew()) await makeClients()
}
