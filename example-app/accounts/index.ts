import { type Request, type Response, Router, urlencoded } from 'express'
import { type Database, isTaken } from '../database/index.js'
import { signInForm, signUpForm } from '../pages/forms.js'
import { sendPage } from '../pages/layout.js'
import * as input from './input.js'
import { createLimits } from './limits.js'
import { hashPassword, isPasswordOf } from './passwords.js'
import { sameSite } from './same-site.js'
import type { Sessions } from './session.js'

const wrong = 'The email or the password is wrong.'
const taken = 'There is an account with this email already.'

/** Signing up, in and out. */
export function accounts(prisma: Database, sessions: Sessions): Router {
  const router = Router()
  const limits = createLimits()
  const form = urlencoded({ extended: false, limit: '10kb' })
  const typed = (req: Request) => input.typed.parse(req.body ?? {})

  const refuseSignIn = (req: Request, res: Response) =>
    sendPage(res, { title: 'Sign in', status: 400, content: signInForm(typed(req), wrong) })
  const refuseSignUp = (req: Request, res: Response, status: number, error?: string) =>
    sendPage(res, { title: 'Sign up', status, content: signUpForm(typed(req), error) })

  router.get('/sign-in', (_req, res) => sendPage(res, { title: 'Sign in', content: signInForm() }))
  router.get('/sign-up', (_req, res) => sendPage(res, { title: 'Sign up', content: signUpForm() }))

  router.post('/sign-in', sameSite, limits.signIns, form, limits.account, async (req, res) => {
    const { data } = input.signIn.safeParse(req.body)
    if (!data) return refuseSignIn(req, res)
    const user = await prisma.user.findUnique({ where: { email: data.email } })
    const matches = await isPasswordOf(user, data.password)
    if (!user?.isActive || !matches) return refuseSignIn(req, res)
    await sessions.begin(req, user.id)
    res.redirect(303, '/')
  })

  router.post('/sign-up', sameSite, limits.signUps, form, async (req, res) => {
    const { data, error } = input.signUp.safeParse(req.body ?? {})
    if (!data) return refuseSignUp(req, res, 400, error.issues[0]?.message)
    const { email, name = null, password } = data
    const passwordHash = await hashPassword(password)
    const user = await prisma.user.create({ data: { email, name, passwordHash } }).catch((failure: unknown) => {
      if (isTaken(failure)) return undefined
      throw failure
    })
    if (!user) return refuseSignUp(req, res, 409, taken)
    await sessions.begin(req, user.id)
    res.redirect(303, '/')
  })

  router.post('/sign-out', sameSite, async (req, res) => {
    await sessions.end(req, res)
    res.redirect(303, '/')
  })

  return router
}
