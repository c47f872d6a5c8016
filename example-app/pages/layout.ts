import type { Response } from 'express'
import { type Html, html } from './html.js'

const page = (title: string, content: Html, email: string | undefined) => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Reports</title>
<link rel="icon" href="/icon.svg">
<link rel="stylesheet" href="/style.css">
</head>
<body>
<header>
<a class="brand" href="/">Reports</a>
<nav aria-label="Account">${email === undefined ? visitor : member(email)}</nav>
</header>
<main>
${content}
</main>
</body>
</html>
`

const visitor = html`<a href="/sign-in">Sign in</a> <a href="/sign-up">Sign up</a>`

const member = (email: string) => html`<span>${email}</span> <a href="/keys/ui/">API keys</a>
<form method="post" action="/sign-out"><button class="plain">Sign out</button></form>`

export interface Page {
  readonly title: string
  readonly content: Html
  readonly status?: number
  /** Of whoever is signed in. */
  readonly email?: string | undefined
}

/** Pages are never stored: the back button of the next one at this computer would show them. */
export function sendPage(res: Response, { title, content, status = 200, email }: Page): void {
  res
    .status(status)
    .set('Cache-Control', 'no-store')
    .type('html')
    .send(page(title, content, email).text)
}

export const sendMessage = (res: Response, status: number, title: string, message: string) =>
  sendPage(res, { title, status, content: html`<h1>${title}</h1><p>${message}</p><p><a href="/">To the start</a></p>` })
