import type { Command } from 'commander'
import type { ApiKeys } from '../create-api-keys.js'
import { findKeys } from './find-keys.js'
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

  /** Finds the keys, says where they are, and closes them whatever happens. */
  async withKeys<T>(work: (keys: ApiKeys) => Promise<T>): Promise<T> {
    const { config } = this.#program.opts<{ readonly config?: string }>()
    const { keys, database } = await findKeys(config)
    try {
      await this.out.notice(`Database: ${database}`)
      return await work(keys)
    } finally {
      await keys.close()
    }
  }
}
