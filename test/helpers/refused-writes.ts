/** A database that answers questions and takes no counts: what a failover or a full disk is to keystile. */
import type { TestDatabase } from './databases.js'
import type { Sql as RunSql } from './keys.js'
import type { Sql } from './sql.js'

/** From now on every update of a key fails; `end` lets them through again. `sqlState` is what PostgreSQL reports. */
export async function refuseUpdates(
  { provider }: TestDatabase,
  sql: Sql,
  sqlState = '57P03'
): Promise<{ end(): Promise<void> }> {
  if (provider === 'sqlite') {
    await sql.query("CREATE TRIGGER refused BEFORE UPDATE ON api_keys BEGIN SELECT RAISE(ABORT, 'not now'); END")
    return { end: async () => void (await sql.query('DROP TRIGGER refused')) }
  }
  await sql.query(`CREATE OR REPLACE FUNCTION refused() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'not now' USING ERRCODE = '${sqlState}'; END $$`)
  await sql.query('CREATE TRIGGER refused BEFORE INSERT OR UPDATE ON api_keys FOR EACH ROW EXECUTE FUNCTION refused()')
  return { end: async () => void (await sql.query('DROP TRIGGER refused ON api_keys')) }
}

/** From now on nothing can be inserted into a table; `end` lets it through again. */
export async function refuseInserts(
  { provider }: TestDatabase,
  sql: RunSql,
  table: string
): Promise<{ end(): Promise<void> }> {
  if (provider === 'sqlite') {
    await sql(`CREATE TRIGGER refused BEFORE INSERT ON ${table} BEGIN SELECT RAISE(ABORT, 'not now'); END`)
    return { end: async () => void (await sql('DROP TRIGGER refused')) }
  }
  await sql(`CREATE OR REPLACE FUNCTION refused() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'not now'; END $$`)
  await sql(`CREATE TRIGGER refused BEFORE INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION refused()`)
  return { end: async () => void (await sql(`DROP TRIGGER refused ON ${table}`)) }
}
