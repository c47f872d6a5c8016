/** What may stand in the columns of a key and its owner, by whoever wrote it; and what is to be compared of the keys that are read. */
import fc from 'fast-check'
import type { FoundKey } from '../../src/store.js'
import type { SqlValue } from './keys.js'
import type { RecordedEvent } from './recorded-events.js'

/** A value that only SQL can write. */
export interface Written {
  readonly sql: string
}
export type Value = SqlValue | Written

const bytes = new TextEncoder().encode('bytes')
export const soundTime = '2026-03-01T10:00:00.123+00:00'
/** The first is what keystile writes; null stands only where the column may have it. */
const texts: readonly Value[] = ['text', '', 'é€😀 "quoted" \\ \n', '{"a":1}', 'null']
const json: readonly Value[] = [null, '{"team":"red"}', '["a","b"]', '[]', '{', '', '5', '["*",1]', '{"__proto__":[]}']
const times: readonly Value[] = [soundTime, '2026-03-01T10:00:00.000+00:00', '1969-12-31T23:59:59.999+00:00']

/** X'1761': to SQLite's functions, a JSON text of the letter a, and so on. */
const jsonInBytes = ["X'1761'", "X'00'", "X'01'", "X'1331'", "X'2B5B5D'", "X'0B'"].map((sql) => ({ sql }))
const sqliteText = [bytes, ...jsonInBytes, 'cut\u0000off', 7, 1.5]
const sqliteTimes: readonly Value[] = [
  1_772_359_200_123,
  0,
  -1,
  1.5,
  1e300,
  9_223_372_036_854_775_807n,
  8_640_000_000_000_001n,
  '2026-03-01T10:00:00.123Z',
  '2026-03-01 10:00:00',
  '2026-02-30T10:00:00.123+00:00',
  '2026-03-01T10:00:00.123+02:00',
  '2026-03-01T24:00:00.000+00:00',
  'garbage',
  '',
  bytes,
  ...jsonInBytes
]
const postgresTimes: readonly Value[] = [
  'infinity',
  '-infinity',
  '294276-12-31 23:59:59+00',
  '0044-03-15 12:00:00+00 BC',
  '1890-01-01 00:00:00+00',
  '2026-03-01T10:00:00.1+05:30'
]

export function poolsFor(provider: string): Readonly<Record<string, readonly Value[]>> {
  const isSqlite = provider === 'sqlite'
  const text = [...texts, ...(isSqlite ? sqliteText : [])]
  const optional = [...json, ...text]
  const time = [...times, ...(isSqlite ? sqliteTimes : postgresTimes)]
  const active = isSqlite ? [1, 0, 7, 'yes', '', 'true', 1.5, bytes, ...jsonInBytes] : [true, false]
  return {
    name: text,
    key_prefix: text,
    hash_alg: [null, 'sha512', 'hmac', 'bcrypt', 'md5', ''],
    scopes: optional,
    is_active: active,
    expires_at: [null, ...time],
    revoked_at: [null, ...time],
    metadata: optional,
    allowed_ips: [null, '["203.0.113.0/24"]', '[]', '["garbage"]', ...optional],
    rate_limit: [null, '{"limit":5,"window":"1m"}', '{"limit":-1}', ...optional],
    created_at: time,
    owner_name: [null, ...text],
    owner_email: ['', ...(isSqlite ? [{ sql: 'randomblob(8)' }, { sql: "unhex('87' || hex(randomblob(8)))" }] : [])],
    owner_active: active
  }
}

/** Most values are sound: else every row would be refused for the same few. */
export const rowOf = (provider: string): fc.Arbitrary<Record<string, Value>> =>
  fc.record(
    Object.fromEntries(
      Object.entries(poolsFor(provider)).map(([column, pool]) => [
        column,
        fc.oneof(
          { weight: 12, arbitrary: fc.constant(pool[0] as Value) },
          { weight: 1, arbitrary: fc.constantFrom(...pool) }
        )
      ])
    )
  )

/** What can be compared of a key: its dates, and what its addresses let in. */
export const shown = ({ apiKey, state: { mayBeUsedFrom, ...state }, ...found }: FoundKey) => ({
  ...found,
  apiKey: { ...apiKey },
  state: { ...state, lets: mayBeUsedFrom && ['203.0.113.7', '192.0.2.1', '::1'].map((ip) => mayBeUsedFrom(ip)) }
})

export const shownAll = (found: ReadonlyMap<string, FoundKey>) =>
  Object.fromEntries(
    [...found].sort(([one], [other]) => (one < other ? -1 : 1)).map(([hash, key]) => [hash, shown(key)])
  )

export async function damagedIn(work: () => Promise<unknown>, events: RecordedEvent[]) {
  events.length = 0
  await work()
  return events
    .filter(({ name }) => name === 'keystile:damaged')
    .map(({ payload }) => payload as { apiKeyId: unknown; fields: string[] })
    .map(({ apiKeyId, fields }) => JSON.stringify([apiKeyId, fields]))
    .sort()
}
