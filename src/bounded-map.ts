/** What a BoundedMap has to know of a value: it writes that itself. */
export interface Used {
  /** Since the map last looked. */
  wasUsed: boolean
}

/** Where so many in a row were used, the next goes all the same: a full map is never searched whole. */
const mostChances = 100

/**
 * A map of so many entries at most: the oldest goes first, unless it was used since the map last looked, and is as good as new
 * then ("second chance"). To use an entry changes nothing but that entry, where a list in the order of use is changed in five
 * places: that is for each request, and room is made for few.
 */
export class BoundedMap<Value extends Used> {
  readonly #max: number
  readonly #onGone: (value: Value, key: string) => void
  readonly #values = new Map<string, Value>()
  /** Where the next search goes on. Not from the start: V8 would pass by all that was deleted there. */
  #oldest = this.#values.entries()

  /** @param onGone called for each value that is no longer there, but not when it is cleared */
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
    for (const key of [...this.#values.keys()]) this.delete(key)
  }

  #makeRoom(): void {
    for (let chances = mostChances; ; chances--) {
      const [key, value] = this.#nextOldest()
      if (!value.wasUsed || chances === 0) return this.delete(key)
      value.wasUsed = false
      this.#values.delete(key)
      this.#values.set(key, value)
    }
  }

  /** Of a map that is not empty. */
  #nextOldest(): [key: string, value: Value] {
    const next = this.#oldest.next()
    if (!next.done) return next.value
    this.#oldest = this.#values.entries()
    return this.#nextOldest()
  }
}
