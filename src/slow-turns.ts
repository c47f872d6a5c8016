import { unavailable } from './errors.js'

/** Threads of libuv that slow hashes may hold, of four: files and DNS need the others. */
const maxAtOnce = 2
const maxWaiting = 100

/** Work that waits for its turn. */
interface Waiting {
  /** The lowest is next: what somebody tries again and again goes behind what is tried for the first time. */
  readonly attempts: () => number
  /** Whether anybody still waits for it. */
  readonly isWanted: () => boolean
  readonly begin: () => void
  readonly refuse: (error: Error) => void
}

const waiting: Waiting[] = []
let running = 0

export interface Turn {
  readonly attempts?: () => number
  readonly isWanted?: () => boolean
}

/**
 * Runs the work of slow hashes, a little at once in the whole process, whoever asks for it.
 * @throws ApiKeyError `unavailable` where too much waits already, or nobody waits any more
 */
export async function inTurn<T>(work: () => Promise<T>, turn: Turn = {}): Promise<T> {
  const { attempts = () => 0, isWanted = () => true } = turn
  if (running >= maxAtOnce) {
    await new Promise<void>((begin, refuse) => {
      waiting.push({ attempts, isWanted, begin, refuse })
      if (waiting.length > maxWaiting) takeWorst()?.refuse(tooMuch())
    })
  } else running++
  try {
    return await work()
  } finally {
    const next = takeNext()
    if (next) next.begin()
    else running--
  }
}

const tooMuch = () => unavailable('Too many tokens wait to be compared with bcrypt hashes.', 'hash_unavailable')

function takeNext(): Waiting | undefined {
  for (const unwanted of waiting.filter(({ isWanted }) => !isWanted())) take(unwanted).refuse(tooMuch())
  const [first, ...others] = waiting
  return first && take(others.reduce((best, one) => (one.attempts() < best.attempts() ? one : best), first))
}

/** Of those with as many attempts, the one that came last. */
function takeWorst(): Waiting | undefined {
  const [first, ...others] = waiting
  return first && take(others.reduce((worst, one) => (one.attempts() >= worst.attempts() ? one : worst), first))
}

function take(one: Waiting): Waiting {
  waiting.splice(waiting.indexOf(one), 1)
  return one
}
