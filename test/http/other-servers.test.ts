/** verify() for servers without Express: a plain one, and the upgrade of a WebSocket. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ApiKeyError } from 'keystile'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { embeddedKeys } from '../helpers/embedded-keys.js'

const { keys, issue } = await embeddedKeys()
const { token, apiKey } = await issue({ allowedIps: ['127.0.0.1'] })

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

const tokenOf = (authorization = '') => /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? ''

test('a plain server answers as the error says', async () => {
  const server = createServer(async (req, res) => {
    try {
      const { owner } = await keys.verify(tokenOf(req.headers.authorization), { ip: req.socket.remoteAddress ?? '' })
      res.end(`Hello ${owner.name}`)
    } catch (error) {
      const { status, headers } = error as ApiKeyError
      res.writeHead(status, headers).end()
    }
  })
  const url = `http://127.0.0.1:${await listen(server)}/`
  const ask = (authorization: string) => fetch(url, { headers: { authorization } })
  expect(await (await ask(`Bearer ${token}`)).text()).toBe('Hello Ada')
  const refused = await ask(`Bearer ${token}x`)
  expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
    401,
    'Bearer realm="api", error="invalid_token"'
  ])
})

test('a socket is opened for a key, and refused without one before it is a socket', async () => {
  const server = createServer()
  const sockets = new WebSocketServer({ noServer: true })
  server.on('upgrade', async (req, socket, head) => {
    try {
      const found = await keys.verify(tokenOf(req.headers.authorization), { ip: req.socket.remoteAddress ?? '' })
      sockets.handleUpgrade(req, socket, head, (ws) => ws.send(`Hello ${found.apiKey.name}`))
    } catch (error) {
      const status = error instanceof ApiKeyError ? error.status : 500
      socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\n\r\n`)
    }
  })
  const port = await listen(server)
  const open = (authorization: string) =>
    new Promise<string>((resolve, reject) => {
      const ws = new WebSocket(`ws://127.0.0.1:${port}/`, { headers: { authorization } })
      ws.on('message', (data) => {
        resolve(String(data))
        ws.close()
      })
      ws.on('error', reject)
    })
  expect(await open(`Bearer ${token}`)).toBe('Hello laptop')
  await expect(open('Bearer nothing')).rejects.toThrow('401')
  await keys.revoke(apiKey.id)
  await expect(open(`Bearer ${token}`)).rejects.toThrow('401')
})
