import { FeedError } from './failure.js'
import { rest } from './time.js'

const patienceMs = 2_000
const lookEveryMs = 20

interface Proof {
  /** Writes the nonce, through the client that keys are read with. */
  write(): Promise<void>
  /** Looks whether there is anything new to hear. */
  look(): Promise<unknown>
  heard(): boolean
  readonly deafness: string
  readonly signal: AbortSignal
}

/**
 * Finds out that a session hears what the client of the keys writes.
 * @throws FeedError `wrong_database` where it does not, `unreachable` where that client can't write
 */
export async function proveHearing({ write, look, heard, deafness, signal }: Proof): Promise<void> {
  await written(write, signal)
  const giveUpAt = performance.now() + patienceMs
  while (!heard() && !signal.aborted) {
    if (performance.now() > giveUpAt) throw new FeedError('wrong_database', deafness)
    await look()
    if (!heard()) await rest(lookEveryMs, signal)
  }
}

async function written(write: () => Promise<void>, signal: AbortSignal): Promise<void> {
  const settled = new AbortController()
  const writing = (async () => write())()
  const late = async () => {
    await rest(patienceMs, AbortSignal.any([signal, settled.signal]))
    throw new FeedError('unreachable', 'The change feed could not be tried: the Prisma client did not write in time.')
  }
  try {
    await Promise.race([writing, late()])
  } catch (error) {
    if (error instanceof FeedError) throw error
    const [reason = ''] = (error instanceof Error ? error.message : '').trim().split('\n').slice(-1)
    throw new FeedError('unreachable', `The change feed could not be tried: the Prisma client can't write (${reason}).`)
  } finally {
    settled.abort()
  }
}
