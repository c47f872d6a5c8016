import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { type Finding, fail, ok, warn } from './check.js'
import type { Patient } from './patient.js'

const own = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  readonly engines: { readonly node: string }
  readonly peerDependencies: { readonly express: string }
}

/** Whether a version is in a range of the forms `^20.19 || >=24.0`: what package.json here has, and no more. */
export function isWithin(version: string, range: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split(/[.+-]/).map(Number)
  return range.split('||').some((part) => {
    const [, caret, from = ''] = /^(\^|>=)(\d+(?:\.\d+)*)$/.exec(part.trim()) ?? []
    const [least = 0, leastMinor = 0, leastPatch = 0] = from.split('.').map(Number)
    if (from === '' || major < least) return false
    if (major > least) return caret === '>='
    return minor > leastMinor || (minor === leastMinor && patch >= leastPatch)
  })
}

/** The version of a package as code in a folder would load it. */
function installedVersion(folder: string, name: string): string | undefined {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const file = join(at, 'node_modules', name, 'package.json')
    if (existsSync(file)) return readVersion(file)
    if (dirname(at) === at) return undefined
  }
}

function readVersion(file: string): string | undefined {
  try {
    const { version } = JSON.parse(readFileSync(file, 'utf8')) as { readonly version?: unknown }
    return typeof version === 'string' ? version : undefined
  } catch {
    return undefined
  }
}

/** `7.10` of `7.10.1`. */
const minorOf = (version: string): string => version.split('.', 2).join('.')

const isNewer = (version: string, than: string): boolean =>
  minorOf(version).localeCompare(minorOf(than), 'en', { numeric: true }) > 0

export async function checkNode(): Promise<Finding> {
  const version = process.versions.node
  const details = { version, wanted: own.engines.node }
  return isWithin(version, own.engines.node)
    ? ok(`Node.js ${version}.`, details)
    : fail(`Node.js ${version}: keystile needs ${own.engines.node}.`, 'Install the newest Node.js 22 or 24.', details)
}

export async function checkExpress({ folder }: Patient): Promise<Finding> {
  const version = installedVersion(folder, 'express')
  const wanted = own.peerDependencies.express
  const details = { version: version ?? null, wanted }
  if (version === undefined) {
    const remedy =
      'Install it (npm i express), or run this in the folder of the app. keys.verify() works without Express.'
    return warn('Express is not installed in this folder.', remedy, details)
  }
  if (isWithin(version, wanted)) return ok(`Express ${version}.`, details)
  return fail(`Express ${version}: keystile needs ${wanted}.`, 'Run: npm i express@5', details)
}

export async function checkPrisma({ folder, config }: Patient): Promise<Finding> {
  const client = installedVersion(folder, '@prisma/client')
  const cli = installedVersion(folder, 'prisma')
  const details = { client: client ?? null, cli: cli ?? null, wanted: '7' }
  const found = [client && `@prisma/client ${client}`, cli && `prisma ${cli}`].filter(Boolean).join(', ')
  const remedy = 'Run: npm i @prisma/client@7 && npm i -D prisma@7, then npx prisma generate'
  // Where the settings could not be read, this may be why.
  const isOwnClient = config?.source.kind !== 'url'
  const judge = isOwnClient ? fail : warn
  if (found === '') return ok('Prisma is not installed in this folder; keystile brings what it needs itself.', details)
  if ([client, cli].some((version) => version !== undefined && !isWithin(version, '^7'))) {
    const why = isOwnClient
      ? 'keystile works with clients of Prisma 7'
      : 'createApiKeys({ prisma }) would need Prisma 7'
    return judge(`${found}: ${why}.`, remedy, details)
  }
  // Patches are published for one of the two alone.
  if (client !== undefined && cli !== undefined && minorOf(client) !== minorOf(cli)) {
    const newer = isNewer(client, cli) ? client : cli
    return warn(
      `${found}: the two should be of one minor version.`,
      `Run: npm i @prisma/client@~${minorOf(newer)} && npm i -D prisma@~${minorOf(newer)}, then npx prisma generate`,
      details
    )
  }
  return ok(`${found}.`, details)
}
