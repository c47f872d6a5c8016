import { remembering } from '../remembering.js'
import { unquote } from '../sql-names.js'
import type { Store, UsageBatch } from '../store.js'
import { attempt } from './attempt.js'
import type { Client, ClientShape } from './client.js'
import { asNumber, asText } from './sqlite-time.js'

/** A row of this table is of use while its instance may still repeat a batch; a week is far past that. */
const forgetFlushesMs = 7 * 86_400_000

/** A count that is past this stays: one more digit, and the column would refuse the whole batch. */
const countLimit = '9000000000000000000'

function namesOf(shape: ClientShape) {
  return {
    keys: shape.table('ApiKey'),
    id: shape.column('ApiKey', 'id'),
    count: shape.column('ApiKey', 'usageCount'),
    at: shape.column('ApiKey', 'lastUsedAt'),
    ip: shape.column('ApiKey', 'lastUsedIp'),
    createdAt: shape.column('ApiKey', 'createdAt'),
    hours: shape.table('ApiKeyUsage'),
    keyOfHour: shape.column('ApiKeyUsage', 'apiKeyId'),
    hour: shape.column('ApiKeyUsage', 'hour'),
    allowed: shape.column('ApiKeyUsage', 'allowed'),
    denied: shape.column('ApiKeyUsage', 'denied'),
    flushes: shape.table('ApiKeyFlush'),
    instance: shape.column('ApiKeyFlush', 'instanceId'),
    seq: shape.column('ApiKeyFlush', 'seq'),
    flushedAt: shape.column('ApiKeyFlush', 'flushedAt')
  }
}

type Names = ReturnType<typeof namesOf>

/**
 * One statement: the batch's number is recorded, the rows are locked in the order of their ids (two processes can't
 * wait for each other), the counts are added. Where the number is there already, or a key is gone, there is nothing to
 * join with.
 */
function postgresStatement(n: Names): string {
  return `
WITH batch AS (
  INSERT INTO ${n.flushes} AS f (${n.instance}, ${n.seq}, ${n.flushedAt}) VALUES ($1, $2, $3)
  ON CONFLICT (${n.instance}) DO UPDATE SET ${n.seq} = excluded.${n.seq}, ${n.flushedAt} = excluded.${n.flushedAt}
  WHERE f.${n.seq} < excluded.${n.seq} RETURNING 1
), given AS (
  SELECT g.* FROM json_populate_recordset(NULL::${n.keys}, $4::json) AS g
), locked AS (
  SELECT k.${n.id} FROM ${n.keys} AS k
  WHERE k.${n.id} IN (SELECT ${n.id} FROM given) AND EXISTS (SELECT 1 FROM batch)
  ORDER BY k.${n.id} FOR NO KEY UPDATE OF k
), hours AS (
  INSERT INTO ${n.hours} AS u (${n.keyOfHour}, ${n.hour}, ${n.allowed}, ${n.denied})
  SELECT h.${n.keyOfHour}, h.${n.hour}, h.${n.allowed}, h.${n.denied}
  FROM json_populate_recordset(NULL::${n.hours}, $5::json) AS h
  WHERE h.${n.keyOfHour}::text IN (SELECT ${n.id}::text FROM locked)
  ORDER BY h.${n.keyOfHour}, h.${n.hour}
  ON CONFLICT (${n.keyOfHour}, ${n.hour})
  DO UPDATE SET ${n.allowed} = u.${n.allowed} + excluded.${n.allowed}, ${n.denied} = u.${n.denied} + excluded.${n.denied}
)
UPDATE ${n.keys} AS k SET
  ${n.count} = LEAST(k.${n.count}, ${countLimit}) + given.${n.count},
  ${n.ip} = CASE WHEN k.${n.at} > given.${n.at} THEN k.${n.ip} ELSE given.${n.ip} END,
  ${n.at} = GREATEST(k.${n.at}, given.${n.at})
FROM given JOIN locked ON locked.${n.id} = given.${n.id}
WHERE k.${n.id} = given.${n.id} AND given.${n.count} > 0`
}

/** The counts and the hours, unless the batch's number is there already; then the number. All in one transaction. */
function sqliteStatements(n: Names): { add: string; addHours: string; record: string; kindOfTime: string } {
  const isNew = `NOT EXISTS (SELECT 1 FROM ${n.flushes} WHERE ${n.instance} = ? AND ${n.seq} >= ?)`
  return {
    add: `
UPDATE ${n.keys} SET
  ${n.count} = MIN(${n.count}, ${countLimit}) + given.uses,
  ${n.ip} = CASE WHEN ${n.at} > given.used_at THEN ${n.ip} ELSE given.used_ip END,
  ${n.at} = MAX(COALESCE(${n.at}, given.used_at), given.used_at)
FROM (
  SELECT value ->> 0 AS key_id, value ->> 1 AS uses, value ->> 2 AS used_at, value ->> 3 AS used_ip FROM json_each(?)
) AS given
WHERE ${n.keys}.${n.id} = given.key_id AND given.uses > 0 AND ${isNew}`,
    addHours: `
INSERT INTO ${n.hours} (${n.keyOfHour}, ${n.hour}, ${n.allowed}, ${n.denied})
SELECT CAST(value ->> 0 AS TEXT), value ->> 1, value ->> 2, value ->> 3 FROM json_each(?)
WHERE EXISTS (SELECT 1 FROM ${n.keys} WHERE ${n.id} = value ->> 0) AND ${isNew}
ON CONFLICT (${n.keyOfHour}, ${n.hour})
DO UPDATE SET ${n.allowed} = ${n.allowed} + excluded.${n.allowed}, ${n.denied} = ${n.denied} + excluded.${n.denied}`,
    kindOfTime: `SELECT typeof(${n.createdAt}) AS kind FROM ${n.keys} WHERE ${n.id} IN (SELECT value FROM json_each(?)) LIMIT 1`,
    record: `
INSERT INTO ${n.flushes} (${n.instance}, ${n.seq}, ${n.flushedAt}) VALUES (?, ?, ?)
ON CONFLICT (${n.instance}) DO UPDATE SET ${n.seq} = excluded.${n.seq}, ${n.flushedAt} = excluded.${n.flushedAt}
WHERE ${n.flushes}.${n.seq} < excluded.${n.seq}`
  }
}

export function prismaUsage(client: Client, shape: ClientShape): Pick<Store, 'writeUsage'> {
  const names = namesOf(shape)
  const write = shape.provider === 'postgresql' ? writePostgres(client, names) : writeSqlite(client, names)
  return {
    async writeUsage(batch) {
      await attempt(shape.provider, () => write(batch))
      if (batch.seq === 1) {
        const over = new Date(batch.now.getTime() - forgetFlushesMs)
        const forget = client.apiKeyFlush.deleteMany({ where: { flushedAt: { lt: over } } })
        await client.$transaction([forget]).catch(() => {})
      }
    }
  }
}

function mapValues<Key extends string, T>(record: Record<Key, T>, change: (value: T) => T): Record<Key, T> {
  return Object.fromEntries(Object.entries<T>(record).map(([key, value]) => [key, change(value)])) as Record<Key, T>
}

function writePostgres(client: Client, names: Names) {
  const statement = postgresStatement(names)
  const { id, count, at, ip, keyOfHour, hour, allowed, denied } = mapValues(names, (name) =>
    JSON.stringify(unquote(name))
  )
  return async ({ instanceId, seq, now, entries }: UsageBatch): Promise<void> => {
    const isoOf = remembering(new Map<number, string>(), (ms) => JSON.stringify(new Date(ms)))
    const given: string[] = []
    const hours: string[] = []
    // Written by hand: an object for each row takes three times as long.
    for (const { apiKeyId, count: uses, lastUsedAtMs, lastUsedIp, hours: inHours } of entries) {
      const key = JSON.stringify(plain(apiKeyId))
      const usedAt = lastUsedAtMs === 0 ? 'null' : isoOf(lastUsedAtMs)
      given.push(`{${id}:${key},${count}:${uses},${at}:${usedAt},${ip}:${JSON.stringify(lastUsedIp)}}`)
      for (const each of inHours) {
        const start = isoOf(each.startMs)
        hours.push(`{${keyOfHour}:${textOf(key)},${hour}:${start},${allowed}:${each.allowed},${denied}:${each.denied}}`)
      }
    }
    await client.$executeRawUnsafe(statement, instanceId, BigInt(seq), now, `[${given}]`, `[${hours}]`)
  }
}

/** The text that a number's column of text has. */
const textOf = (json: string) => (json.startsWith('"') ? json : `"${json}"`)

function writeSqlite(client: Client, names: Names) {
  const { add, addHours, record, kindOfTime } = sqliteStatements(names)
  let stored: DateForm | undefined
  return async ({ instanceId, seq, now, entries }: UsageBatch): Promise<void> => {
    stored ??= await dateForm(client, kindOfTime, entries)
    const form = stored ?? asText
    const timeOf = remembering(new Map<number, string | number>(), (ms) => form(new Date(ms)))
    const given = entries.map(({ apiKeyId, count, lastUsedAtMs, lastUsedIp }) => [
      plain(apiKeyId),
      count,
      lastUsedAtMs === 0 ? null : timeOf(lastUsedAtMs),
      lastUsedIp
    ])
    const hours = entries.flatMap(({ apiKeyId, hours }) =>
      hours.map(({ startMs, allowed, denied }) => [plain(apiKeyId), timeOf(startMs), allowed, denied])
    )
    await client.$transaction([
      client.$executeRawUnsafe(add, JSON.stringify(given), instanceId, BigInt(seq)),
      client.$executeRawUnsafe(addHours, JSON.stringify(hours), instanceId, BigInt(seq)),
      client.$executeRawUnsafe(record, instanceId, BigInt(seq), now)
    ])
  }
}

type DateForm = (date: Date) => string | number

/**
 * SQLite has no type for times: adapters write text or numbers, as they are set. What one wrote into a key tells which;
 * undefined where none of these keys is there any more.
 */
async function dateForm(client: Client, query: string, entries: UsageBatch['entries']): Promise<DateForm | undefined> {
  const [row] = await client.$queryRawUnsafe(query, JSON.stringify(entries.map(({ apiKeyId }) => plain(apiKeyId))))
  return row && (row['kind'] === 'integer' ? asNumber : asText)
}

/** JSON has no bigint; the databases read the digits. */
function plain(id: UsageBatch['entries'][number]['apiKeyId']): string | number {
  return typeof id === 'bigint' ? id.toString() : id
}
