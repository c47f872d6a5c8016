import { z } from 'zod'

/** What requests may hold and answers do hold: these check bodies, and describe the API in openapi.json. */

const id = z.string()
const time = z.iso.datetime()

export const newReport = z
  .strictObject({
    title: z.string({ error: 'Send a title, as JSON: {"title":"Visitors in June"}' }).trim().min(1).max(200),
    text: z.string().max(10_000).default('')
  })
  .meta({ example: { title: 'Visitors in June', text: '1,204, a third more than in May.' } })

const report = z.object({ id, title: z.string(), text: z.string(), createdAt: time })

const me = z.object({
  owner: z.string(),
  key: z.string(),
  scopes: z.array(z.string()),
  expiresAt: time.nullable()
})

const user = z.object({
  id,
  email: z.string(),
  name: z.string().nullable(),
  isActive: z.boolean(),
  isAdmin: z.boolean(),
  createdAt: time
})

/** By the names that they have in openapi.json. */
export const schemas = {
  NewReport: newReport,
  Report: report,
  Reports: z.object({ items: z.array(report) }),
  Me: me,
  Users: z.object({ items: z.array(user) })
}
