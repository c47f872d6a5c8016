import { Router } from 'express'
import type { Sessions } from '../accounts/session.js'
import type { Database } from '../database/index.js'
import { memberPage, welcomePage } from './home.js'
import { sendPage } from './layout.js'

const shownReports = 10

export function home(prisma: Database, { findUser }: Pick<Sessions, 'findUser'>): Router {
  const router = Router()

  router.get('/', async (req, res) => {
    const user = await findUser(req)
    if (!user) return sendPage(res, { title: 'Start', content: welcomePage() })
    const reports = await prisma.report.findMany({
      where: { userId: user.id },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: shownReports
    })
    sendPage(res, { title: 'Your reports', content: memberPage(reports), email: user.email })
  })

  return router
}
