/** Unknown well-formed keys without end: what is kept of them stays small, and what is asked for them bounded. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { freshSqlite } from '../helpers/databases.js'
import { rounds } from '../helpers/rounds.js'

const main = fileURLToPath(new URL('../helpers/flood-main.ts', import.meta.url))
const count = rounds(20_000, 1_000_000)

test(`${count} unknown keys take at most 32 MB more, and two queries at once`, { timeout: 500_000 }, async () => {
  const args = ['--expose-gc', '--import', 'tsx', main, await freshSqlite(), String(count)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (part) => {
    output += part
  })
  const [code] = await once(child, 'exit')
  expect(code).toBe(0)
  const { grownMb, queriesAtOnce, goodRefused, asked } = JSON.parse(output)
  console.log(output)
  expect(asked).toBe(count)
  expect(grownMb).toBeLessThan(32)
  expect(queriesAtOnce).toBeLessThanOrEqual(2)
  expect(goodRefused).toBe(0)
})
