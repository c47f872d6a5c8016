import type { Target, TargetDatabase } from '../../target.js'
import { appWith } from './app.js'
import { loadKeystile, migrate } from './keystile-package.js'
import * as postgresql from './postgresql.js'
import { sha256Rows } from './rows.js'
import * as sqlite from './sqlite.js'

export interface KeystileOptions {
  readonly database: 'sqlite' | 'postgresql'
  readonly cached: boolean
}

/** keystile as its README has it, on a database of its own. The default cache holds 10,000 keys; a load of more is given more. */
export function keystile({ database, cached }: KeystileOptions): Target {
  const shown = database === 'sqlite' ? 'SQLite' : 'PostgreSQL'
  const rowsOf = database === 'sqlite' ? sqlite : postgresql
  return {
    title: `keystile${cached ? '' : ', cache off'}, ${shown}`,
    database,
    does: cached
      ? 'all that keystile does by default, with `maxKeys` as large as the load where that has more than 10,000: checks the remembered key and its owner, counts in memory, writes once a second'
      : 'the same with `cache: false`: each request waits for a look-up of its key; those of many connections travel in one query',
    seed: database === 'sqlite' ? seedSqlite : seedPostgresql,
    counts: ({ url, tokens }) =>
      rowsOf.countsOf(
        url,
        sha256Rows(tokens).map((row) => row.keyHash)
      ),
    async serve({ url, tokens }) {
      const { apiKeyAuth, createApiKeys } = await loadKeystile()
      const keys = createApiKeys({ url, cache: cached && { maxKeys: Math.max(10_000, tokens.length) } })
      return {
        app: appWith(apiKeyAuth({ keys })),
        async close() {
          const { unwritten } = await keys.close()
          if (unwritten > 0) throw new Error(`keystile left ${unwritten} uses unwritten.`)
        }
      }
    }
  }
}

async function seedSqlite({ url, tokens, rows }: TargetDatabase): Promise<void> {
  await migrate(url)
  await sqlite.onSqlite(url, (client) => sqlite.insertKeys(client, sha256Rows(tokens), rows))
}

async function seedPostgresql({ url, tokens, rows }: TargetDatabase): Promise<void> {
  await migrate(url)
  await postgresql.onPostgresql(url, (client) => postgresql.insertKeys(client, sha256Rows(tokens), rows))
}
