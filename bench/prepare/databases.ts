/** One database for each target and size of table, made and filled when it is first asked for. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import pg from 'pg'
import { type PostgresServer, startPostgres } from '../../scripts/postgres-server.js'
import type { Load, TargetName } from '../plan.js'
import type { Description } from '../report/measured.js'
import { Child } from '../run/child.js'
import type { Cores } from '../run/cores.js'
import type { Dataset } from '../run/dataset.js'
import { postgresWrites, sqliteWrites, type WriteCounter } from '../run/writes.js'
import { program, root } from './places.js'

export interface Filled {
  readonly dataset: Dataset
  readonly writes: WriteCounter | undefined
}

const mostTokens = 100_000

async function makeTokens(): Promise<readonly string[]> {
  const module = (await import(pathToFileURL(join(root, 'dist/token.js')).href)) as {
    createToken(prefix: string): string
  }
  return Array.from({ length: mostTokens }, () => module.createToken('sk_'))
}

export class Databases {
  readonly folder = mkdtempSync(join(tmpdir(), 'keystile-bench-'))
  readonly tokensFile = join(this.folder, 'tokens')
  readonly #atExit = () => rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 })
  readonly #cores: Cores | undefined
  readonly #filled = new Map<string, Promise<Filled>>()
  #server: PostgresServer | undefined
  #client: pg.Client | undefined

  private constructor(cores: Cores | undefined) {
    this.#cores = cores
    process.once('exit', this.#atExit)
  }

  /** @param cores on which rows are made, before anything is measured */
  static async open(cores: Cores | undefined, { postgres }: { readonly postgres: boolean }): Promise<Databases> {
    const databases = new Databases(cores)
    writeFileSync(databases.tokensFile, (await makeTokens()).join('\n'))
    if (postgres) await databases.#startPostgres()
    return databases
  }

  async #startPostgres(): Promise<void> {
    const server = await startPostgres({ preload: ['pg_stat_statements'] })
    this.#server = server
    this.#client = new pg.Client({ connectionString: server.url })
    await this.#client.connect()
    await this.#client.query('CREATE EXTENSION pg_stat_statements')
  }

  /** The database of a target for a load: filled, and the same one each time. */
  filled(target: TargetName, { database, maxTokens }: Description, load: Load): Promise<Filled> {
    const { rows } = load
    const tokens = Math.min(load.tokens, maxTokens ?? load.tokens)
    const key = `${target.replaceAll('-', '_')}_${rows}_${tokens}`
    const there = this.#filled.get(key) ?? this.#fill(key, target, database, { rows, tokens })
    this.#filled.set(key, there)
    return there
  }

  async #fill(
    key: string,
    target: TargetName,
    kind: Description['database'],
    { rows, tokens }: Pick<Load, 'rows' | 'tokens'>
  ): Promise<Filled> {
    const database = await this.#empty(key, kind)
    const dataset = { url: database?.url ?? '', rows, tokens, tokensFile: this.tokensFile }
    const child = new Child(program('seed-main'), [target, JSON.stringify(dataset)], {
      name: `the seed of ${target}`,
      cores: this.#cores
    })
    await child.ask('seed')
    await child.end()
    if (kind === 'postgresql') await this.#tidy(dataset.url)
    return { dataset, writes: database?.writes }
  }

  async #empty(key: string, kind: Description['database']) {
    if (kind === 'none') return undefined
    if (kind === 'sqlite') {
      const url = pathToFileURL(join(this.folder, `${key}.db`)).href.replace('file://', 'file:')
      return { url, writes: sqliteWrites(url) }
    }
    if (this.#client === undefined || this.#server === undefined) throw new Error('PostgreSQL was not started')
    await this.#client.query(`CREATE DATABASE ${key}`)
    return { url: this.#server.url.replace(/postgres$/, key), writes: postgresWrites(this.#client, key) }
  }

  /** As autovacuum leaves a table that has been there for a while: it is not to begin in the middle of a round. */
  async #tidy(url: string): Promise<void> {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query('VACUUM ANALYZE')
    await client.query('CHECKPOINT')
    await client.end()
  }

  async end(): Promise<void> {
    await this.#client?.end()
    await this.#server?.stop()
    process.removeListener('exit', this.#atExit)
    this.#atExit()
  }
}
