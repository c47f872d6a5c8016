import { existsSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { type ApiKeys, createApiKeys } from '../create-api-keys.js'
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
}

const configFiles = ['ts', 'mts', 'js', 'mjs'].map((extension) => `keystile.config.${extension}`)

/**
 * Finds the database: a config file, else DATABASE_URL (of the environment, else of `.env`), else the default file.
 * @throws Failure `misconfigured` where what is found can't be used, `invalid_argument` where `configFile` is not there
 */
export async function findKeys(configFile: string | undefined): Promise<FoundKeys> {
  const fromEnvFile = readEnvFile('.env')
  const path = configPath(configFile)
  if (path !== undefined) {
    const keys = await loadConfigFile(path)
    return { keys, database: `${shownDatabase(keys)} (${basename(path)})` }
  }
  const keys = defaultKeys()
  const source = fromEnvFile.has('DATABASE_URL') ? 'DATABASE_URL in .env' : 'DATABASE_URL'
  return { keys, database: `${shownDatabase(keys)} (${process.env['DATABASE_URL'] ? source : 'the default'})` }
}

/** Where the config file is, the one asked for or the folder's; undefined where it has none. */
export function configPath(configFile: string | undefined): string | undefined {
  const file = configFile ?? configFiles.find((name) => existsSync(name))
  if (file === undefined) return undefined
  const path = resolve(file)
  if (!existsSync(path)) throw misuse(`--config: there is no file ${path}.`)
  return path
}

function defaultKeys(): ApiKeys {
  try {
    return createApiKeys()
  } catch (error) {
    throw new Failure('misconfigured', messageOf(error))
  }
}
