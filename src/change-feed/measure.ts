import { randomBytes } from 'node:crypto'
import { proofOf } from './payloads.js'
import { proveHearing } from './prove.js'
import type { Source } from './session.js'

const trials = 3

/**
 * Opens a session, writes nonces through the client that keys are read with, and waits for each to be heard.
 * @returns how many milliseconds it took from the write to its arrival, the middle of three; the first write connects
 * @throws FeedError where the session can't be opened or hears nothing
 */
export async function measureFeed(source: Source, announce: (nonce: string) => Promise<void>): Promise<number> {
  const closing = new AbortController()
  let nonce = ''
  let heardAt: number | undefined
  let failure: unknown
  const hearing = {
    payload: (text: string) => {
      if (text === proofOf(nonce)) heardAt ??= performance.now()
    },
    everythingChanged: () => {},
    ended: (error: unknown) => {
      failure ??= error
    }
  }
  const heard = () => {
    if (failure !== undefined) throw failure
    return heardAt !== undefined
  }
  const session = await source.open(hearing, closing.signal)
  try {
    const took: number[] = []
    for (let trial = 0; trial <= trials; trial++) {
      nonce = randomBytes(16).toString('hex')
      heardAt = undefined
      const startedAt = performance.now()
      const { deafness } = source
      const proof = {
        write: () => announce(nonce),
        look: () => session.look(),
        heard,
        deafness,
        signal: closing.signal
      }
      await proveHearing(proof)
      if (trial > 0) took.push((heardAt ?? performance.now()) - startedAt)
    }
    await session.ask()
    return took.sort((a, b) => a - b)[Math.floor(trials / 2)] ?? 0
  } finally {
    closing.abort()
    await session.close()
  }
}
