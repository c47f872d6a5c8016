import type { Request, RequestHandler } from 'express'
import { sendMessage } from '../pages/layout.js'

/**
 * Lets in the forms of this site alone: another one's page can make a browser post here, with the cookie. Browsers say
 * where a post comes from in Sec-Fetch-Site. Over plain http they may leave it out, and Origin says it.
 */
export const sameSite: RequestHandler = (req, res, next) => {
  const site = req.get('sec-fetch-site')
  const isOwn = site === undefined ? isOwnOrigin(req) : site === 'same-origin'
  if (isOwn) next()
  else sendMessage(res, 403, 'Not allowed', 'This form was not sent by a page of this site.')
}

function isOwnOrigin(req: Request): boolean {
  const origin = req.get('origin') ?? ''
  return URL.canParse(origin) && new URL(origin).host === req.host
}
