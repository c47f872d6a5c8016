import type { Request, Response } from 'express'
import helmet from 'helmet'
import { methodNotAllowed } from '../refusals.js'
import { type Asset, readAssets } from './assets.js'
import { pageHtml } from './html.js'

/** Answers a request to the page or one of its files; false where the path is neither. */
export type ServePage = (req: Request, res: Response, path: string) => boolean

const methods = ['GET', 'HEAD']

/**
 * The page may load what it is made of, ask its own origin, and nothing else. HSTS and upgrades of http are left to the app,
 * which knows how it is reached. The referrer stays within the site: without any, browsers hide the Origin of requests too.
 */
const protect = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      'default-src': ["'none'"],
      'script-src': ["'self'"],
      'style-src': ["'self'"],
      'connect-src': ["'self'"],
      // The empty icon, so that browsers ask for no /favicon.ico.
      'img-src': ['data:'],
      'form-action': ["'none'"],
      'base-uri': ["'none'"],
      'frame-ancestors': ["'none'"],
      'require-trusted-types-for': ["'script'"],
      'trusted-types': ["'none'"]
    }
  },
  strictTransportSecurity: false,
  originAgentCluster: false,
  xFrameOptions: { action: 'deny' },
  referrerPolicy: { policy: 'same-origin' }
})

/** The page for owners, below `/ui` of the router. */
export function pageServer(signInPath: string | undefined): ServePage {
  const assets = readAssets()
  return (req, res, path) => {
    const [, asked = ''] = /^\/ui(?:\/([\w.-]*))?$/.exec(path) ?? [undefined, undefined]
    const isPage = path === '/ui' || path === '/ui/'
    const asset = assets.get(asked)
    if (!isPage && !asset) return false
    if (!methods.includes(req.method)) throw methodNotAllowed(methods)
    if (asset) sendAsset(req, res, asset)
    else sendPage(req, res, pageHtml({ base: baseOf(req), signInPath }))
    return true
  }
}

/** Two slashes at the beginning would name another host. */
const baseOf = (req: Request) => req.baseUrl.replace(/^\/{2,}/, '/')

function sendPage(req: Request, res: Response, html: string): void {
  protect(req, res, () => {})
  res.setHeader('Cache-Control', 'no-store')
  send(req, res, 'text/html; charset=utf-8', Buffer.from(html))
}

function sendAsset(req: Request, res: Response, { type, body, etag }: Asset): void {
  res.setHeader('X-Content-Type-Options', 'nosniff')
  res.setHeader('Cross-Origin-Resource-Policy', 'same-origin')
  // Asked again each time: after an upgrade no file is of another version than the rest.
  res.setHeader('Cache-Control', 'no-cache')
  res.setHeader('ETag', etag)
  const known = req.headers['if-none-match']?.split(',').map((each) => each.trim().replace(/^W\//, ''))
  if (known?.includes(etag)) {
    res.statusCode = 304
    return void res.end()
  }
  send(req, res, type, body)
}

function send(req: Request, res: Response, type: string, body: Buffer): void {
  res.statusCode = 200
  res.setHeader('Content-Type', type)
  res.setHeader('Content-Length', body.length)
  res.end(req.method === 'HEAD' ? undefined : body)
}
