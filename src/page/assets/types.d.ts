/** What the API answers: src/router/schemas.ts says what each field means. */

export interface Key {
  id: string
  ownerId: string
  name: string
  keyPrefix: string
  scopes: string[]
  status: 'active' | 'expired' | 'revoked' | 'damaged'
  createdAt: string
  updatedAt: string
  expiresAt: string | null
  lastUsedAt: string | null
  lastUsedIp: string | null
  usageCount: number
  revokedAt: string | null
  revokedReason: string | null
  rotatedFromId: string | null
  rotatedToId: string | null
  recentUsage?: { from: string; allowed: number[]; denied: number[] }
}

export interface NewKey {
  token: string
  apiKey: Key
}

export interface KeyEvent {
  id: string
  type: 'created' | 'updated' | 'rotated' | 'revoked' | 'deleted' | 'imported'
  actor: string | null
  ip: string | null
  changes: Record<string, unknown>
  createdAt: string
}

export interface Usage {
  from: string
  to: string
  by: 'hour' | 'day'
  allowed: number
  denied: number
  buckets: { start: string; allowed: number; denied: number }[]
}

export interface Scope {
  name: string
  description: string
}

export interface Page<Item> {
  items: Item[]
  nextCursor: string | null
}

export interface Api {
  list(cursor?: string | null): Promise<Page<Key>>
  scopes(): Promise<{ items: Scope[] }>
  create(input: object): Promise<NewKey>
  update(id: string, input: object): Promise<Key>
  rotate(id: string, input: object): Promise<NewKey>
  revoke(id: string, input: object): Promise<Key>
  remove(id: string): Promise<undefined>
  usage(id: string, by: 'hour' | 'day'): Promise<Usage>
  events(id: string, cursor?: string | null): Promise<Page<KeyEvent>>
}

/** What dialogs need of the page that opened them. */
export interface App {
  api: Api
  /** Asks for the keys again; what is shown stays until they are there. */
  reload(): Promise<void>
  /** Says a result, to eyes and to screen readers. */
  announce(text: string): void
  /** Nobody is signed in any more. */
  signedOut(): void
}

/** One question of a form. */
export interface Field {
  root: HTMLElement
  /** What the API calls it, in its problems. */
  names: string[]
  /** Shows what is wrong; an empty text takes it away. */
  setError(message: string): void
  focus(): void
  /** What is wrong before anything is sent; empty where nothing is. */
  check(): string
}
