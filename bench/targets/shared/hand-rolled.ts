/** What people write themselves on Prisma: look the key up with its owner, check it, write that it was used. */
import type { RequestHandler } from 'express'
import type { PrismaClient } from '../../generated/postgresql/client.js'
import type { Serving, Target } from '../../target.js'
import { appWith, bearerToken, refuse, remember } from './app.js'
import * as postgresql from './prisma-postgresql.js'
import * as sqlite from './prisma-sqlite.js'
import { sha256 } from './sha256.js'
import { type Used, usable, writeUse } from './usable.js'

export interface HandRolledOptions {
  readonly database: 'sqlite' | 'postgresql'
  /** Whether a request waits until its use is written. */
  readonly awaits: boolean
}

export function handRolled({ database, awaits }: HandRolledOptions): Target {
  const shown = database === 'sqlite' ? 'SQLite' : 'PostgreSQL'
  return {
    title: `hand-rolled Prisma${awaits ? '' : ', update not awaited'}, ${shown}`,
    database,
    does: `findUnique by SHA-256 with the owner, checks, and an update of the last use and the count${
      awaits ? ', awaited' : ' that nobody waits for'
    }`,
    putsOff: !awaits,
    seed: database === 'sqlite' ? sqlite.seedSqlite : postgresql.seedPostgresql,
    counts: database === 'sqlite' ? sqlite.countsSqlite : postgresql.countsPostgresql,
    async serve({ url }) {
      // Both clients have the same models; as types they are strangers.
      const prisma =
        database === 'sqlite'
          ? ((await sqlite.openPrisma(url)) as unknown as PrismaClient)
          : await postgresql.openPrisma(url)
      return serving(prisma, awaits)
    }
  }
}

function serving(prisma: PrismaClient, awaits: boolean): Serving {
  const { count, settled } = awaits ? awaited(prisma) : unawaited(prisma)
  const authenticate: RequestHandler = async (req, res, next) => {
    const token = bearerToken(req)
    if (token === undefined) return refuse(res)
    const key = await prisma.apiKey.findUnique({ where: { keyHash: sha256(token) }, include: { user: true } })
    if (!usable(key)) return refuse(res)
    await count({ id: key.id, ip: req.ip })
    remember(req, key)
    next()
  }
  return {
    app: appWith(authenticate),
    async close() {
      await settled()
      await prisma.$disconnect()
    }
  }
}

const awaited = (prisma: PrismaClient) => ({
  count: (used: Used) => writeUse(prisma, used),
  settled: async () => {}
})

/** Whoever stops the app waits for the updates that are out. */
function unawaited(prisma: PrismaClient) {
  const out = new Set<Promise<unknown>>()
  return {
    count(used: Used): void {
      const writing: Promise<unknown> = writeUse(prisma, used)
        .catch((error: unknown) => console.error('A use was not counted.', error))
        .finally(() => out.delete(writing))
      out.add(writing)
    },
    async settled() {
      await Promise.all(out)
    }
  }
}
