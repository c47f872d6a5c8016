import type { DatabaseView } from '../database/opened.js'
import type { ApiKeysConfig } from '../options.js'
import type { Client } from '../prisma-store/client.js'
import type { Provider } from '../sql-names.js'
import type { Store } from '../store.js'

/** The database under examination. */
export interface OpenDatabase {
  readonly provider: Provider
  readonly client: Client
  readonly store: Store
  /** Only of a database of keystile's own. */
  readonly view: DatabaseView | undefined
  query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>
  close(): Promise<void>
}

/** The app whose settings are looked at. */
export interface AppToLoad {
  /** For people: the name of its file. */
  readonly name: string
  /** What the file exports, by name. */
  load(): Promise<Readonly<Record<string, unknown>>>
}

/** What is examined, and what is known of it so far: checks run one after the other, and later ones build on earlier ones. */
export interface Patient {
  /** undefined where the settings could not be read. */
  readonly config: ApiKeysConfig | undefined
  /** Why they could not. */
  readonly problem: string | undefined
  /** How the database is named, without a password. */
  readonly shown: string
  /** The project's folder: what is installed there counts. */
  readonly folder: string
  readonly app: AppToLoad | undefined
  /** A key that nobody used for so long is unused. */
  readonly unusedMs: number
  /** Set once it was reached. */
  database?: OpenDatabase
  /** Whether its tables are there. */
  hasTables: boolean
  /** Whether the triggers of the change feed are as they have to be. */
  hasTriggers: boolean
}
