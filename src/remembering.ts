interface Known<From, Made> {
  get(from: From): Made | undefined
  set(from: From, made: Made): unknown
}

/** A function that makes each thing once. @param known what it has made, which says how long that is kept */
export function remembering<From, Made>(known: Known<From, Made>, make: (from: From) => Made): (from: From) => Made {
  return (from) => {
    let made = known.get(from)
    if (made === undefined) {
      made = make(from)
      known.set(from, made)
    }
    return made
  }
}
