import { PrismaSessionStore } from '@quixo3/prisma-session-store'
import type { Request, RequestHandler, Response } from 'express'
import session from 'express-session'
import type { Logger } from 'pino'
import type { Database } from '../database/index.js'
import type { Settings } from '../settings.js'

declare module 'express-session' {
  interface SessionData {
    userId: string
  }
}

/** From signing in, however busy somebody is. */
const maxAge = 12 * 60 * 60_000
const pruneEveryMs = 10 * 60_000

const cookie = (secure: boolean) => ({ httpOnly: true, sameSite: 'lax', secure, path: '/' }) as const
/** Browsers take a name with this prefix only over https, from this host alone. */
export const cookieName = (secure: boolean) => (secure ? '__Host-session' : 'session')

export interface Sessions {
  /** Reads the session of a request; visitors who never sign in get none. */
  readonly read: RequestHandler
  readonly findUser: (req: Request) => Promise<SignedIn | null>
  readonly begin: (req: Request, userId: string) => Promise<void>
  readonly end: (req: Request, res: Response) => Promise<void>
}

export type SignedIn = NonNullable<Awaited<ReturnType<Database['user']['findUnique']>>>

type Wanted = Pick<Settings, 'isProduction' | 'sessionSecret'>

export function createSessions(prisma: Database, { isProduction, sessionSecret }: Wanted, logger: Logger): Sessions {
  const log = (message: unknown) => logger.error(`sessions: ${message}`)
  const store = new PrismaSessionStore(prisma, {
    checkPeriod: pruneEveryMs,
    dbRecordIdIsSessionId: true,
    logger: { error: log, warn: log, log }
  })
  // It would write at every page that is looked at, to let a session that is used last for ever.
  Object.assign(store, { touch: undefined })
  return {
    read: session({
      store,
      secret: sessionSecret,
      name: cookieName(isProduction),
      cookie: { ...cookie(isProduction), maxAge },
      resave: false,
      saveUninitialized: false
    }),
    findUser: (req) => findUser(prisma, req),
    begin,
    async end(req, res) {
      await done((callback) => req.session.destroy(callback))
      res.clearCookie(cookieName(isProduction), cookie(isProduction))
    }
  }
}

/** Asked at every request, so that who is no longer active, or no admin, is so at once. */
async function findUser(prisma: Database, { session }: Request): Promise<SignedIn | null> {
  if (session.userId === undefined) return null
  const user = await prisma.user.findUnique({ where: { id: session.userId } })
  return user?.isActive ? user : null
}

/** Under a new id: somebody else may have planted the old one in this browser. */
async function begin(req: Request, userId: string): Promise<void> {
  await done((callback) => req.session.regenerate(callback))
  req.session.userId = userId
  // Before the answer: the browser's next request may come before a save that goes on behind it.
  await done((callback) => req.session.save(callback))
}

function done(work: (callback: (error: unknown) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => work((error) => (error ? reject(error) : resolve())))
}
