import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Owner } from './api-key.js'
import { type ApiKeys, makeApiKeys } from './create-api-keys.js'
import type { CreateKeyInput } from './key-input.js'
import type { CreatedKey } from './keys.js'
import { type ApiKeysOptions, asOptions, parseApiKeysOptions } from './options.js'

/** What `createApiKeys` takes, but for where keys live. */
export type TestKeysOptions = Omit<ApiKeysOptions, 'url' | 'prisma' | 'models' | 'feedUrl' | 'ownerSelect'>

/** Of a key for a test: what `keys.create` takes, with a name and an owner where they are left out. */
export interface TestKeyInput extends Partial<CreateKeyInput> {
  /** Whose; an owner is made where there is none. Default `test@example.com`. Not with `ownerId`. */
  readonly email?: string
}

export interface TestKey extends CreatedKey {
  /** null where `ownerId` was given. */
  readonly owner: Owner | null
  /** For fetch, supertest and the like. */
  readonly headers: { readonly Authorization: string }
}

/** Those that were not closed go with the process. */
const folders = new Set<string>()
let isWatchingExit = false

function freshFolder(): string {
  if (!isWatchingExit) {
    process.once('exit', () => {
      for (const folder of folders) remove(folder)
    })
    isWatchingExit = true
  }
  const folder = mkdtempSync(join(tmpdir(), 'keystile-testing-'))
  folders.add(folder)
  return folder
}

function remove(folder: string): void {
  folders.delete(folder)
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
}

/**
 * Keys for an app's own tests, which enforce all that others do: a private SQLite database in the system's temporary folder,
 * made at first use and removed by `close()`, or with the process. Uses are written every 20 ms unless told otherwise.
 * @throws TypeError on options that are not understood
 */
export function createTestKeys(options?: TestKeysOptions): ApiKeys {
  const given = asOptions('createTestKeys', options, known)
  // Nothing of the environment: a test must not find the keys of a real database.
  const folder = freshFolder()
  try {
    const config = parseApiKeysOptions({ flushIntervalMs: 20, ...given, url: `file:${join(folder, 'test.db')}` }, {})
    return makeApiKeys(config, { onClosed: () => remove(folder) })
  } catch (error) {
    remove(folder)
    throw error
  }
}

const known: readonly string[] = [
  'prefix',
  'acceptPrefixes',
  'hash',
  'acceptHmac',
  'deadlineMs',
  'usage',
  'flushIntervalMs',
  'keepEventsFor',
  'keepUsageFor',
  'storeIps',
  'cache',
  'isOwnerActive',
  'effectiveScopes',
  'scopes',
  'now'
] satisfies readonly (keyof TestKeysOptions)[]

/** Makes a key, and its owner where there is none: `const { headers } = await issueTestKey(keys, { scopes: ['reports:read'] })`. */
export async function issueTestKey(keys: ApiKeys<object>, input: TestKeyInput = {}): Promise<TestKey> {
  const { email = 'test@example.com', name = 'test', ownerId, ...more } = input
  const owner = ownerId === undefined ? (await keys.ensureOwner({ email })).owner : null
  const created = await keys.create({ ...more, name, ownerId: ownerId ?? (owner as Owner).id })
  return { ...created, owner, headers: { Authorization: `Bearer ${created.token}` } }
}
