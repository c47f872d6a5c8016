import { userInfo } from 'node:os'
import type { Command } from 'commander'
import type { ApiKeys } from '../create-api-keys.js'
import type { ChangeContext } from '../key-input.js'
import { configPath, findKeys } from './find-keys.js'
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

  /** As withKeys, where there is a config file; else undefined, and nothing is opened. */
  async withConfiguredKeys<T>(work: (keys: ApiKeys) => T): Promise<T | undefined> {
    return configPath(this.configFile) === undefined ? undefined : this.withKeys(async (keys) => work(keys))
  }

  /** Finds the keys, says where they are, and closes them whatever happens. */
  async withKeys<T>(work: (keys: ApiKeys) => Promise<T>): Promise<T> {
    const { keys, database } = await findKeys(this.configFile)
    try {
      await this.out.notice(`Database: ${database}`)
      return await work(keys)
    } finally {
      await keys.close()
    }
  }
}

/** Some containers run as a user that has no name. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'unknown')
  }
}
