import type { RequestHandler } from 'express'
import type { Target } from '../target.js'
import { appWith, bearerToken, refuse, remember } from './shared/app.js'
import { countsPostgresql, seedPostgresql } from './shared/prisma-postgresql.js'
import { sha256 } from './shared/sha256.js'

/** Its name makes it a prepared statement of each connection: https://node-postgres.com/features/queries#prepared-statements */
const useKey = {
  name: 'use-key',
  text: `UPDATE api_keys AS k SET last_used_at = timezone('utc', now()), last_used_ip = $2, usage_count = k.usage_count + 1
    FROM users AS u
    WHERE k.key_hash = $1 AND k.is_active AND (k.expires_at IS NULL OR k.expires_at > timezone('utc', now()))
      AND u.id = k.user_id AND u.is_active
    RETURNING k.id, k.name, k.scopes, k.expires_at, k.user_id, u.email, u.name AS owner_name`
}

const target: Target = {
  title: 'pg in one statement, PostgreSQL',
  database: 'postgresql',
  does: 'one prepared UPDATE … FROM … RETURNING finds the key by SHA-256 with its owner, checks both, and counts: one round trip',
  seed: seedPostgresql,
  counts: countsPostgresql,
  async serve({ url }) {
    const { default: pg } = await import('pg')
    const pool = new pg.Pool({ connectionString: url })
    const authenticate: RequestHandler = async (req, res, next) => {
      const token = bearerToken(req)
      if (token === undefined) return refuse(res)
      const { rows } = await pool.query<{ id: string }>({ ...useKey, values: [sha256(token), req.ip ?? null] })
      const [key] = rows
      if (key === undefined) return refuse(res)
      remember(req, key)
      next()
    }
    return { app: appWith(authenticate), close: () => pool.end() }
  }
}

export default target
