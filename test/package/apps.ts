/** Small apps in projects, started and asked as users would. */
import { expect } from 'vitest'
import { type Running, start } from '../helpers/programs.js'
import { runIn } from './projects.js'

interface Parts {
  /** Declares `auth`, and imports what it takes to. */
  readonly auth: string
  /** Whose the app's own key is: an expression. */
  readonly ownerId: string
}

const embedded: Parts = {
  auth: 'const auth = apiKeyAuth()',
  ownerId: "(await auth.keys.ensureOwner({ email: 'ada@example.com' })).owner.id"
}

const body = ({ auth, ownerId }: Parts) => `${auth}
const app = express()
app.use(auth)
app.get('/reports', requireScopes('reports:read'), (req, res) => void res.json({ owner: req.owner?.email }))
const server = app.listen(0, '127.0.0.1', async () => {
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  let token = process.env['TOKEN']
  if (!token) {
    const ownerId = ${ownerId}
    token = (await auth.keys.create({ ownerId, name: 'laptop', scopes: ['reports:read'] })).token
  }
  console.log(JSON.stringify({ port, token }))
})
`

const stopping = "process.once('SIGTERM', () => server.close(() => void auth.keys.close()))\n"

/** @param parts for projects with a database of their own */
export const esmApp = (parts = embedded, atEnd = stopping) => `import express from 'express'
import { apiKeyAuth, requireScopes } from 'keystile'
${body(parts)}${atEnd}`

export const cjsApp = `const express = require('express')
const { apiKeyAuth, requireScopes } = require('keystile')
${body(embedded)}${stopping}`

export interface App {
  readonly program: Running
  /** A key that may read reports, made by the app. */
  readonly token: string
  /** From the start of the process to the first 200, in milliseconds. */
  readonly firstAnswerMs: number
  ask(token?: string): Promise<number>
  stop(): Promise<void>
}

/** Starts an app and asks it once. */
export async function startApp(
  folder: string,
  file: string,
  env: Readonly<Record<string, string>> = {},
  node = 'node'
): Promise<App> {
  const startedAt = performance.now()
  const program = start(node, [file], { cwd: folder, env })
  await program.printed(/\}\n/)
  const { port, token } = JSON.parse(program.stdout()) as { port: number; token: string }
  const ask = async (sent?: string) => {
    const headers: Record<string, string> = sent === undefined ? {} : { Authorization: `Bearer ${sent}` }
    return (await fetch(`http://127.0.0.1:${port}/reports`, { headers })).status
  }
  expect(await ask(token)).toBe(200)
  const firstAnswerMs = Math.round(performance.now() - startedAt)
  const stop = async () => {
    const { exitCode, stderr } = await program.stop()
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  }
  return { program, token, firstAnswerMs, ask, stop }
}

export type Exec = (folder: string, args: readonly string[]) => Promise<{ readonly stdout: string }>

const npx: Exec = (folder, args) => runIn(folder, 'npx', ['--no-install', 'keystile', ...args])

/** All that a project has to show: keys by the API and by the command line, let in, refused, and without the scope. */
export async function expectItWorks(folder: string, file: string, keystile: Exec = npx): Promise<App> {
  const app = await startApp(folder, file)
  const create = ['create', '--owner', 'bob@example.com', '--name', 'other', '--scopes', 'users:read']
  const { stdout } = await keystile(folder, create)
  expect(await app.ask(stdout.trim())).toBe(403)
  expect(await app.ask()).toBe(401)
  expect(await app.ask(`${app.token.slice(0, -1)}${app.token.endsWith('0') ? '1' : '0'}`)).toBe(401)
  await app.stop()
  return app
}
