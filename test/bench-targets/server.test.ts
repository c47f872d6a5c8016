/** A server of the bench that waits for its turn leaves its core to the one that is measured. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { installed } from '../../bench/installed.js'
import { loads } from '../../bench/plan.js'
import { program } from '../../bench/prepare/places.js'
import { transpile } from '../../bench/prepare/transpile.js'
import { Child, endingAll } from '../../bench/run/child.js'
import { Server } from '../../bench/run/server.js'
import { tokens } from '../helpers/bench-target.js'
import { freshFolder, root } from '../helpers/built-package.js'

/** The bench asks for the usage once; a timer of 2 ms would be 500 more. */
const mostWakes = 100

test('is measured, and then does not wake', { timeout: 120_000 }, async () => {
  await installed()
  await transpile()
  const tokensFile = join(freshFolder(), 'tokens')
  writeFileSync(tokensFile, tokens(10).join('\n'))
  const client = new Child(program('load-main'), [tokensFile, join(root, 'dist/token.js')], { name: 'the load' })
  const dataset = { url: '', rows: 10, tokens: 10, tokensFile }
  const server = await Server.start({ target: 'bare', dataset, writes: undefined, putsOff: false, pinning: undefined })
  await endingAll([client, server], async () => {
    const order = { hotKeys: 10, connections: 5, seconds: 0.5, unknownPart: 0, order: 'random' } as const
    const { requests, loopMaxMs } = await server.meet(client, loads.main, order)
    expect(requests).toBeGreaterThan(0)
    expect(loopMaxMs).toBeGreaterThan(0)
    expect(await server.wakes()).toBeGreaterThan(0)
    const before = await server.wakes()
    await sleep(1_000)
    expect((await server.wakes()) - before).toBeLessThan(mostWakes)
  })
})
