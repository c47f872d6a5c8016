/** A target of the bench, seeded and served, and requests to it. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pathToFileURL } from 'node:url'
import type { Target, TargetDatabase } from '../../bench/target.js'
import { createToken } from '../../src/token.js'
import { root } from './built-package.js'
import { freshPostgres, freshSqlite } from './databases.js'

/** The compiler is not to follow: what targets import is installed in bench/ alone. */
const load = (name: string): Promise<unknown> => import(pathToFileURL(`${root}/bench/targets/${name}.ts`).href)

export const loadTarget = async (name: string): Promise<Target> => ((await load(name)) as { default: Target }).default

interface Result {
  readonly rows: readonly Readonly<Record<string, unknown>>[]
}

type OnDatabase = (url: string, work: (client: Asked) => Promise<Result>) => Promise<Result>

interface Asked {
  execute(sql: string): Promise<Result>
  query(sql: string): Promise<Result>
}

/** A statement, by the drivers of bench/: a second copy of SQLite in this process would undo the locks of the target's. */
export async function sqlOn({ url }: TargetDatabase, sql: string): Promise<Result['rows']> {
  const isFile = url.startsWith('file:')
  const drivers = await load(isFile ? 'shared/sqlite' : 'shared/postgresql')
  const { onSqlite, onPostgresql } = drivers as { onSqlite: OnDatabase; onPostgresql: OnDatabase }
  const { rows } = isFile
    ? await onSqlite(url, (client) => client.execute(sql))
    : await onPostgresql(url, (client) => client.query(sql))
  return rows
}

export const tokens = (count: number): string[] => Array.from({ length: count }, () => createToken('sk_'))

export async function seeded(target: Target, given: Omit<TargetDatabase, 'url'>): Promise<TargetDatabase> {
  const fresh = { none: async () => '', sqlite: freshSqlite, postgresql: freshPostgres }[target.database]
  const database = { ...given, url: await fresh() }
  await target.seed?.(database)
  return database
}

export interface ServedTarget {
  /** Asks with each of these headers, twenty at a time; status and length of each answer, in that order. */
  ask(authorizations: readonly (string | undefined)[]): Promise<{ status: number; body: string }[]>
  close(): Promise<void>
}

export async function served(target: Target, database: TargetDatabase): Promise<ServedTarget> {
  const { app, close } = await target.serve(database)
  const server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  return {
    async ask(authorizations) {
      const answers: { status: number; body: string }[] = []
      let next = 0
      const worker = async () => {
        while (next < authorizations.length) {
          const at = next++
          const authorization = authorizations[at]
          const answer = await fetch(url, { headers: authorization === undefined ? {} : { authorization } })
          answers[at] = { status: answer.status, body: await answer.text() }
        }
      }
      await Promise.all(Array.from({ length: 20 }, worker))
      return answers
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await close()
    }
  }
}
