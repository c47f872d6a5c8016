import type { RequestHandler } from 'express'
import type { Target, TargetDatabase } from '../target.js'
import { appWith, bearerToken, refuse, remember } from './shared/app.js'
import { countsOf, insertKeys, onPostgresql } from './shared/postgresql.js'
import { openPrisma } from './shared/prisma-postgresql.js'
import { keyPrefixOf } from './shared/rows.js'
import { tablesSql } from './shared/tables-sql.js'
import { usable, writeUse } from './shared/usable.js'

const cost = 10

/** Hashes in the threads of libuv's pool, which are four. */
async function seed({ url, tokens, rows }: TargetDatabase): Promise<void> {
  const { default: bcrypt } = await import('bcrypt')
  const hashing = tokens.map(async (token) => ({
    keyHash: await bcrypt.hash(token, cost),
    keyPrefix: keyPrefixOf(token)
  }))
  const hashed = await Promise.all(hashing)
  await onPostgresql(url, async (client) => {
    await client.query(tablesSql('postgresql'))
    await insertKeys(client, hashed, rows)
  })
}

const target: Target = {
  title: `hand-rolled bcrypt, cost ${cost}, PostgreSQL`,
  database: 'postgresql',
  does: `findMany by the first characters, with the owner, bcrypt.compare at cost ${cost} off the event loop, checks, and an awaited update`,
  maxTokens: 50,
  seed,
  counts: ({ url, tokens }) => countsOf(url, tokens.map(keyPrefixOf), 'key_prefix'),
  async serve({ url }) {
    const { default: bcrypt } = await import('bcrypt')
    const prisma = await openPrisma(url)
    const find = async (token: string) => {
      const keys = await prisma.apiKey.findMany({ where: { keyPrefix: keyPrefixOf(token) }, include: { user: true } })
      for (const key of keys) if (await bcrypt.compare(token, key.keyHash)) return key
      return null
    }
    const authenticate: RequestHandler = async (req, res, next) => {
      const token = bearerToken(req)
      if (token === undefined) return refuse(res)
      const key = await find(token)
      if (!usable(key)) return refuse(res)
      await writeUse(prisma, { id: key.id, ip: req.ip })
      remember(req, key)
      next()
    }
    return { app: appWith(authenticate), close: () => prisma.$disconnect() }
  }
}

export default target
