/** What a BoundedMap has to know of a value: it writes that itself. */
export interface Used {
  /** Since the map last looked. */
  wasUsed: boolean
}

/** Passed by in one search at most: where all is in use, one goes all the same. */
const mostChances = 100

/**
 * A map of so many entries at most: round by round the oldest goes first, unless it was used since the last round (the algorithm
 * CLOCK, "second chance"). Not lru-cache: to have the exact order of use each request would pay, and room is made for few.
 */
export class BoundedMap<Value extends Used> {
  readonly #max: number
  readonly #onGone: (value: Value, key: string) => void
  readonly #values = new Map<string, Value>()
  /** Keys to look at next when room is needed, the oldest last. Not an iterator, which keeps what was deleted while it rests. */
  #round: string[] = []

  /** @param onGone called once for each value that is replaced, deleted or cleared, or that makes room */
  constructor(max: number, onGone: (value: Value, key: string) => void) {
    this.#max = max
    this.#onGone = onGone
  }

  get(key: string): Value | undefined {
    const value = this.#values.get(key)
    if (value !== undefined) value.wasUsed = true
    return value
  }

  /** The newest from now on, also where the key was there before. */
  set(key: string, value: Value): void {
    this.delete(key)
    if (this.#values.size >= this.#max) this.#makeRoom()
    this.#values.set(key, value)
  }

  delete(key: string): void {
    const value = this.#values.get(key)
    if (value === undefined) return
    this.#values.delete(key)
    this.#onGone(value, key)
  }

  clear(): void {
    this.#round = []
    for (const key of [...this.#values.keys()]) this.delete(key)
  }

  #makeRoom(): void {
    for (let chances = mostChances; ; ) {
      const key = this.#nextKey()
      const value = this.#values.get(key)
      if (value === undefined) continue
      if (!value.wasUsed || chances-- === 0) return this.delete(key)
      value.wasUsed = false
    }
  }

  /** Of a map that is not empty. It may be gone by now. */
  #nextKey(): string {
    if (this.#round.length === 0) this.#round = [...this.#values.keys()].reverse()
    return this.#round.pop() as string
  }
}
