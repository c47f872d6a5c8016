/** What a session says as it comes in. Nothing of it counts once the session is over. */
export interface Hearing {
  payload(text: string): void
  everythingChanged(): void
  /** The session is over, by no doing of ours. */
  ended(error: unknown): void
}

/** A connection that hears of changes. */
export interface Session {
  /**
   * When it resolves with true, all has been said that was committed before the call. False where the database was
   * too busy to say: nothing is known then, and nothing is wrong.
   * @throws where the session is of no more use
   */
  ask(): Promise<boolean>
  /**
   * Looks for something new to hear, where the database does not tell by itself. Where it does, nothing may be asked:
   * what comes only together with an answer was held back by a proxy, which drops it while nothing is asked.
   */
  look(): Promise<unknown>
  /** Ends it in order, and soon even where nobody answers. */
  close(): Promise<void>
}

/** What differs between the databases. */
export interface Source {
  /** From barrier to barrier. */
  readonly everyMs: number
  /** What it most likely means where the session does not hear what the client of the keys writes. */
  readonly deafness: string
  /** Resolves when the session hears all that is committed from now on, and the triggers were seen to be there. */
  open(hearing: Hearing, signal: AbortSignal): Promise<Session>
}
