import { type RequestHandler, Router } from 'express'
import { getApiKey, requireScopes } from 'keystile'
import type { Database } from '../database/index.js'
import { sendProblem } from '../problems.js'

/** What admins may ask. */
export function users(prisma: Database): Router {
  const router = Router()

  /** A key keeps its scopes when its owner stops being an admin. */
  const isAdmin: RequestHandler = async (req, res, next) => {
    const { owner } = getApiKey(req)
    const user = await prisma.user.findUnique({ where: { id: String(owner.id) }, select: { isAdmin: true } })
    if (user?.isAdmin) next()
    else sendProblem(res, 403, 'forbidden', 'The owner of this key is no admin.')
  }

  router.get('/', requireScopes('users:admin'), isAdmin, async (_req, res) => {
    const items = await prisma.user.findMany({
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: 100,
      select: { id: true, email: true, name: true, isActive: true, isAdmin: true, createdAt: true }
    })
    res.json({ items })
  })

  return router
}
