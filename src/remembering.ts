interface Known<From, Made> {
  get(from: From): Made | undefined
  set(from: From, made: Made): unknown
}

/**
 * A function that makes each thing once. It is most often asked of the same again, for which it need not look.
 * @param known what it has made, which says how long that is kept; of the last one it is kept until the next
 */
export function remembering<From, Made>(known: Known<From, Made>, make: (from: From) => Made): (from: From) => Made {
  let last: From | undefined
  let lastMade: Made | undefined
  return (from) => {
    if (from === last && lastMade !== undefined) return lastMade
    let made = known.get(from)
    if (made === undefined) {
      made = make(from)
      known.set(from, made)
    }
    last = from
    lastMade = made
    return made
  }
}
