const atOnce = 2
const mostWaiting = 20

let underWay = 0
const waiting: (() => void)[] = []

/** So many wait for a password to be hashed that one more would wait for too long. */
export class TooBusy extends Error {}

/**
 * bcrypt takes a whole thread for a third of a second: more than two at once would keep file and network work of this
 * process from the four that there are.
 * @throws TooBusy
 */
export async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (underWay < atOnce) underWay++
  else {
    if (waiting.length >= mostWaiting) throw new TooBusy('Too many passwords are being checked.')
    await new Promise<void>((resolve) => waiting.push(resolve))
  }
  try {
    return await work()
  } finally {
    const next = waiting.shift()
    if (next) next()
    else underWay--
  }
}
