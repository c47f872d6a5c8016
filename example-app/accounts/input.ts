import { z } from 'zod'
import { faultOf } from './passwords.js'

const email = z
  .string({ error: 'Type your email.' })
  .trim()
  .toLowerCase()
  .max(254, 'That email is too long.')
  .pipe(z.email('That is not an email, such as ada@example.com.'))

const name = z
  .string()
  .trim()
  .max(100, 'The name is longer than 100 characters.')
  .transform((text) => text || null)

const newPassword = z.string({ error: 'Type a password.' }).superRefine((password, context) => {
  const message = faultOf(password)
  if (message !== undefined) context.addIssue({ code: 'custom', message })
})

export const signUp = z.object({ email, name: name.optional(), password: newPassword })
export const signIn = z.object({ email, password: z.string() })

/** What a form may show again, whatever was sent. */
export const typed = z.object({
  email: z.string().max(254).optional().catch(undefined),
  name: z.string().max(100).optional().catch(undefined)
})
