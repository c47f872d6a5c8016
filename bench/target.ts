/** What each target of the bench gives, and what it is given. */
import type { Express } from 'express'

export type Kind = 'none' | 'sqlite' | 'postgresql'

/** The database of one target alone: empty before `seed`, then as `seed` left it. */
export interface TargetDatabase {
  /** `file:/…/name.db` or `postgresql://…`; empty where the target has none. */
  readonly url: string
  /** So many rows its table of keys is to have: those of the tokens, and others with made-up hashes. */
  readonly rows: number
  /** Tokens that are to get in, in keystile's own form (`sk_` + 49 characters), which every peer can store. */
  readonly tokens: readonly string[]
}

export interface Serving {
  /** Express 5 with `GET /` behind the target's authentication: `answer` for a good key, 401 for any other. */
  readonly app: Express
  /** Writes what is not in the database yet, and lets go of it. */
  close(): Promise<void>
}

/** The default export of each file in targets/. */
export interface Target {
  /** As the table and the chart call it: `hand-rolled Prisma, PostgreSQL`. */
  readonly title: string
  readonly database: Kind
  /** What is done for a request, in a line for docs/benchmarks.md. */
  readonly does: string
  /** No load gives it more tokens than so many: to hash them takes long, and a request costs the same with fewer. Else any number. */
  readonly maxTokens?: number
  /** Whether its work may pile up behind the answers: then the bench waits for all of it. */
  readonly putsOff?: boolean
  /** Makes tables and rows, in a process of its own. Bulk inserts: 1,000,000 rows take seconds. */
  seed?(database: TargetDatabase): Promise<void>
  /** Imports what it needs only then: another target's process never loads it. */
  serve(database: TargetDatabase): Promise<Serving>
  /** How often each token was counted, in the order of the tokens; undefined where the target counts none. */
  counts?(database: TargetDatabase): Promise<readonly number[]>
}

/** Its JSON is 100 bytes. */
export const answer = {
  status: 'ok',
  report: 'monthly revenue by region',
  currency: 'EUR',
  total: 1234567.89,
  page: 1024
} as const
