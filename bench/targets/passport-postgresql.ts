import type { Target } from '../target.js'
import { appWith } from './shared/app.js'
import { openPrisma, seedPostgresql } from './shared/prisma-postgresql.js'
import { sha256 } from './shared/sha256.js'
import { usable } from './shared/usable.js'

/** As https://www.passportjs.org/packages/passport-http-bearer/ has it: the strategy looks the token up, and there is no session. */
const target: Target = {
  title: 'passport-http-bearer, PostgreSQL',
  database: 'postgresql',
  does: 'findUnique by SHA-256 with the owner, by Prisma, and checks, in a strategy of passport without session; counts nothing',
  seed: seedPostgresql,
  async serve({ url }) {
    const [{ default: passport }, { Strategy }] = await Promise.all([
      import('passport'),
      import('passport-http-bearer')
    ])
    const prisma = await openPrisma(url)
    const find = (token: string) =>
      prisma.apiKey.findUnique({ where: { keyHash: sha256(token) }, include: { user: true } })
    passport.use(
      new Strategy((token, done) => {
        find(token).then(
          (key) => (usable(key) ? done(null, key.user, { scope: key.scopes ?? '' }) : done(null, false)),
          done
        )
      })
    )
    return {
      app: appWith(passport.authenticate('bearer', { session: false })),
      close: () => prisma.$disconnect()
    }
  }
}

export default target
