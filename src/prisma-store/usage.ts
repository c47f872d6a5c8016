import type { Store, UsageBatch } from '../store.js'
import { attempt } from './attempt.js'
import type { Client, ClientShape } from './client.js'

/** A row of this table is of use while its instance may still repeat a batch; a week is far past that. */
const forgetFlushesMs = 7 * 86_400_000

/** A count that is past this stays: one more digit, and the column would refuse the whole batch. */
const countLimit = '9000000000000000000'

type Names = Record<'keys' | 'id' | 'count' | 'at' | 'ip' | 'flushes' | 'instance' | 'seq' | 'flushedAt', string>

function namesOf(shape: ClientShape): Names {
  return {
    keys: shape.table('ApiKey'),
    id: shape.column('ApiKey', 'id'),
    count: shape.column('ApiKey', 'usageCount'),
    at: shape.column('ApiKey', 'lastUsedAt'),
    ip: shape.column('ApiKey', 'lastUsedIp'),
    flushes: shape.table('ApiKeyFlush'),
    instance: shape.column('ApiKeyFlush', 'instanceId'),
    seq: shape.column('ApiKeyFlush', 'seq'),
    flushedAt: shape.column('ApiKeyFlush', 'flushedAt')
  }
}

/**
 * One statement: the batch's number is recorded, the rows are locked in the order of their ids (two processes can't
 * wait for each other), the counts are added. Where the number is there already, there is nothing to join with.
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
)
UPDATE ${n.keys} AS k SET
  ${n.count} = LEAST(k.${n.count}, ${countLimit}) + given.${n.count},
  ${n.ip} = CASE WHEN k.${n.at} > given.${n.at} THEN k.${n.ip} ELSE given.${n.ip} END,
  ${n.at} = GREATEST(k.${n.at}, given.${n.at})
FROM given JOIN locked ON locked.${n.id} = given.${n.id}
WHERE k.${n.id} = given.${n.id}`
}

/** The counts, unless the batch's number is there already; then the number. Both in one transaction. */
function sqliteStatements(n: Names): { add: string; record: string } {
  return {
    add: `
UPDATE ${n.keys} SET
  ${n.count} = MIN(${n.count}, ${countLimit}) + given.uses,
  ${n.ip} = CASE WHEN ${n.at} > given.used_at THEN ${n.ip} ELSE given.used_ip END,
  ${n.at} = MAX(COALESCE(${n.at}, given.used_at), given.used_at)
FROM (
  SELECT value ->> 0 AS key_id, value ->> 1 AS uses, value ->> 2 AS used_at, value ->> 3 AS used_ip FROM json_each(?)
) AS given
WHERE ${n.keys}.${n.id} = given.key_id
  AND NOT EXISTS (SELECT 1 FROM ${n.flushes} WHERE ${n.instance} = ? AND ${n.seq} >= ?)`,
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

function writePostgres(client: Client, names: Names) {
  const statement = postgresStatement(names)
  const bare = (quoted: string) => quoted.slice(1, -1).replaceAll('""', '"')
  const [id, count, at, ip] = [names.id, names.count, names.at, names.ip].map(bare) as [string, string, string, string]
  return async ({ instanceId, seq, now, entries }: UsageBatch): Promise<void> => {
    const given = entries.map((entry) => ({
      [id]: plain(entry.apiKeyId),
      [count]: entry.count,
      [at]: entry.lastUsedAt,
      [ip]: entry.lastUsedIp
    }))
    await client.$executeRawUnsafe(statement, instanceId, BigInt(seq), now, JSON.stringify(given))
  }
}

function writeSqlite(client: Client, names: Names) {
  const { add, record } = sqliteStatements(names)
  let stored: DateForm | undefined
  return async ({ instanceId, seq, now, entries }: UsageBatch): Promise<void> => {
    stored ??= await dateForm(client)
    const form = stored
    const given = entries.map(({ apiKeyId, count, lastUsedAt, lastUsedIp }) => [
      plain(apiKeyId),
      count,
      form(lastUsedAt),
      lastUsedIp
    ])
    await client.$transaction([
      client.$executeRawUnsafe(add, JSON.stringify(given), instanceId, BigInt(seq)),
      client.$executeRawUnsafe(record, instanceId, BigInt(seq), now)
    ])
  }
}

type DateForm = (date: Date) => string | number

/** SQLite has no type for times: adapters write text or numbers, as they are set. Their own answer tells which. */
async function dateForm(client: Client): Promise<DateForm> {
  const [answer] = await client.$queryRawUnsafe('SELECT typeof(?) AS kind', new Date(0))
  return answer?.['kind'] === 'integer' ? (date) => date.getTime() : (date) => date.toISOString().replace('Z', '+00:00')
}

/** JSON has no bigint; the databases read the digits. */
function plain(id: UsageBatch['entries'][number]['apiKeyId']): string | number {
  return typeof id === 'bigint' ? id.toString() : id
}
