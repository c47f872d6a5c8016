import { existsSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { type ApiKeys, createApiKeys } from '../create-api-keys.js'
import { defaultUrl } from '../database/url.js'
import { messageOf } from '../errors.js'
import { shownDatabase } from '../migrate.js'
import { loadConfigFile } from './config-file.js'
import { readEnvFile } from './env-file.js'
import { Failure, misuse } from './failure.js'

/** The keys that a command works on. */
export interface FoundKeys {
  readonly keys: ApiKeys
  /** Their database and what named it, for people: never with a password. */
  readonly database: string
  /** Whether a config file named it. */
  readonly isConfigured: boolean
}

/** What to do where the keys are in a database of the app's. */
export const ownDatabaseHint =
  'Is it your own Prisma database? Then write keystile.config.ts (default export: your createApiKeys({ prisma })).'

interface Search {
  /** Only look: nothing is made, whatever is found. */
  readonly onlyLook?: boolean
}

const configFiles = ['ts', 'mts', 'js', 'mjs'].map((extension) => `keystile.config.${extension}`)

/**
 * Finds the database: a config file, else DATABASE_URL (of the environment, else of `.env`), else the default file.
 * @throws Failure `misconfigured` where what is found can't be used, or the default file would be made in a project with Prisma, `invalid_argument` where `configFile` is not there
 */
export async function findKeys(configFile: string | undefined, { onlyLook = false }: Search = {}): Promise<FoundKeys> {
  const fromEnvFile = readEnvFile('.env')
  const path = configPath(configFile)
  if (path !== undefined) {
    const keys = await loadConfigFile(path)
    return { keys, database: `${shownDatabase(keys)} (${basename(path)})`, isConfigured: true }
  }
  if (!process.env['DATABASE_URL'] && !onlyLook) requireNoPrisma()
  const keys = defaultKeys()
  const source = fromEnvFile.has('DATABASE_URL') ? 'DATABASE_URL in .env' : 'DATABASE_URL'
  const namedBy = process.env['DATABASE_URL'] ? source : 'the default'
  return { keys, database: `${shownDatabase(keys)} (${namedBy})`, isConfigured: false }
}

/** Where the config file is, the one asked for or the folder's; undefined where it has none. */
export function configPath(configFile: string | undefined): string | undefined {
  const file = configFile ?? configFiles.find((name) => existsSync(name))
  if (file === undefined) return undefined
  const path = resolve(file)
  if (!existsSync(path)) throw misuse(`--config: there is no file ${path}.`)
  return path
}

const prismaFiles = [
  ...['prisma.config', '.config/prisma'].flatMap((name) =>
    ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs'].map((extension) => `${name}.${extension}`)
  ),
  'schema.prisma',
  'prisma/schema.prisma'
]

const defaultFile = defaultUrl.slice('file:'.length)

/** Keys of an app that has Prisma are where its client is, more likely than in a file that is still to be made. */
function requireNoPrisma(): void {
  const found = prismaFiles.find((name) => existsSync(name))
  if (found === undefined || existsSync(defaultFile)) return
  throw new Failure(
    'misconfigured',
    `This folder has ${found}, and nothing says where its keys are. In your own Prisma database: write keystile.config.ts ` +
      `(default export: your createApiKeys({ prisma })). In a file of keystile's own: set DATABASE_URL=${defaultUrl}`
  )
}

function defaultKeys(): ApiKeys {
  try {
    return createApiKeys()
  } catch (error) {
    throw new Failure('misconfigured', messageOf(error))
  }
}
