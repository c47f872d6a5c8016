import { createInterface } from 'node:readline'
import { misuse } from './failure.js'
import type { Output } from './output.js'

const longest = 4_096

/** The one token on stdin. */
export async function readToken(out: Output): Promise<string> {
  if (process.stdin.isTTY) await out.question('Paste the key and press Enter:')
  const text = process.stdin.isTTY ? await readLine() : await readAll()
  const token = text.trim()
  if (token === '') throw misuse('There was no key on stdin.')
  if (/\s/.test(token) || token.length > longest) throw misuse('stdin must hold one key and nothing else.')
  return token
}

async function readAll(): Promise<string> {
  let text = ''
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    text += String(chunk)
    if (text.length > longest) break
  }
  return text
}

/** One line of a terminal; empty where its user ends the input instead. */
export function readLine(): Promise<string> {
  const lines = createInterface({ input: process.stdin, terminal: false })
  return new Promise((resolve) => {
    const unanswered = () => {
      process.stderr.write('\n')
      resolve('')
    }
    lines.once('close', unanswered)
    lines.once('line', (line) => {
      resolve(line)
      lines.off('close', unanswered).close()
    })
  })
}
