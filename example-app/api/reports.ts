import { json, Router } from 'express'
import { getApiKey, requireScopes } from 'keystile'
import type { Database } from '../database/index.js'
import { sendProblem } from '../problems.js'
import { newReport } from './schemas.js'

const shown = { id: true, title: true, text: true, createdAt: true } as const

/** The reports of whoever owns the key, and nobody else's. */
export function reports(prisma: Database): Router {
  const router = Router()
  const ownerOf = (req: Parameters<typeof getApiKey>[0]) => String(getApiKey(req).owner.id)

  router.get('/', requireScopes('reports:read'), async (req, res) => {
    const items = await prisma.report.findMany({
      where: { userId: ownerOf(req) },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: 100,
      select: shown
    })
    res.json({ items })
  })

  router.post('/', requireScopes('reports:write'), json({ limit: '50kb' }), async (req, res) => {
    if (!req.is('application/json'))
      return sendProblem(res, 415, 'unsupported_media_type', 'Send JSON, with Content-Type: application/json.')
    const { data, error } = newReport.safeParse(req.body)
    if (!data) {
      const [issue] = error.issues
      return sendProblem(res, 400, 'invalid_argument', issue?.message ?? 'Not understood.', issue?.path.join('.'))
    }
    const report = await prisma.report.create({ data: { ...data, userId: ownerOf(req) }, select: shown })
    res.status(201).json(report)
  })

  return router
}
