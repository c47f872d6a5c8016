import { userInfo } from 'node:os'
import type { Command } from 'commander'
import type { ApiKeys } from '../create-api-keys.js'
import { ApiKeyError } from '../errors.js'
import type { ChangeContext } from '../key-input.js'
import { Failure } from './failure.js'
import { configPath, findKeys, ownDatabaseHint } from './find-keys.js'
import type { Output } from './output.js'

/** What the commands share: the keys that they work on, and how they speak. */
export class Session {
  readonly #program: Command

  constructor(
    program: Command,
    readonly out: Output
  ) {
    this.#program = program
  }

  /** Who makes the changes, for the audit trail: there is no address to tell. */
  get author(): ChangeContext {
    return { actor: `cli:${userName()}` }
  }

  /** What --config says. */
  get configFile(): string | undefined {
    return this.#program.opts<{ readonly config?: string }>().config
  }

  /** What the keys of a config file say, without a look at their database; undefined where there is no such file. */
  async askConfiguredKeys<T>(work: (keys: ApiKeys) => T): Promise<T | undefined> {
    if (configPath(this.configFile) === undefined) return undefined
    const { keys } = await findKeys(this.configFile)
    try {
      return work(keys)
    } finally {
      await keys.close()
    }
  }

  /** Finds the keys, says where they are, and closes them whatever happens. */
  async withKeys<T>(work: (keys: ApiKeys) => Promise<T>): Promise<T> {
    const { keys, database, isConfigured } = await findKeys(this.configFile)
    try {
      await this.out.notice(`Database: ${database}`)
      return await work(keys)
    } catch (error) {
      throw isConfigured ? error : hinted(error)
    } finally {
      await keys.close()
    }
  }
}

/** Tables of keystile's that it did not make itself are most likely those of a project with its own schema. */
function hinted(error: unknown): unknown {
  const isForeign = error instanceof ApiKeyError && error.code === 'incompatible_database'
  if (!isForeign || !error.message.includes("tables with the names of keystile's")) return error
  return new Failure(error.code, `${error.message} ${ownDatabaseHint}`)
}

/** Some containers run as a user that has no name. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'unknown')
  }
}
