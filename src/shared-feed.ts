import type { ChangeFeed, FeedFailure, FeedListener } from './change-feed.js'

/** Who listens, and how it writes a nonce. */
export interface FeedMember {
  readonly listener: FeedListener
  readonly prove: (nonce: string) => Promise<void>
}

/** A member's part in a feed that is shared. */
export interface SharedChangeFeed extends ChangeFeed {
  /** The other members' listeners. */
  siblings(): FeedListener[]
}

/** One feed for all instances of a process that are on the same database: it has one connection of its own. */
class SharedFeed {
  readonly members = new Set<FeedMember>()
  readonly feed: ChangeFeed
  #failure: FeedFailure | undefined

  constructor(open: (member: FeedMember) => ChangeFeed) {
    const tell = (what: (listener: FeedListener) => void) => {
      for (const { listener } of this.members) what(listener)
    }
    const listener: FeedListener = {
      keyChanged: (id) => tell((each) => each.keyChanged(id)),
      keyInserted: (id) => tell((each) => each.keyInserted(id)),
      ownerChanged: (id) => tell((each) => each.ownerChanged(id)),
      everythingChanged: () => tell((each) => each.everythingChanged()),
      barrier: (askedAt) => {
        this.#failure = undefined
        tell((each) => each.barrier(askedAt))
      },
      lost: (failure) => {
        this.#failure = failure
        tell((each) => each.lost(failure))
      }
    }
    this.feed = open({ listener, prove: (nonce) => this.#prove(nonce) })
  }

  join(member: FeedMember): void {
    this.members.add(member)
    if (this.#failure) member.listener.lost(this.#failure)
  }

  /** They read the same database: what one of them writes stands for all. */
  async #prove(nonce: string): Promise<void> {
    const [member] = this.members
    await member?.prove(nonce)
  }
}

const feeds = new Map<string, SharedFeed>()

/**
 * Joins the feed of a database, which is opened for the first who joins and closed with the last.
 * @param key the same for all who read the same database with the same client
 */
export function joinFeed(key: string, member: FeedMember, open: (member: FeedMember) => ChangeFeed): SharedChangeFeed {
  const shared = feeds.get(key) ?? new SharedFeed(open)
  feeds.set(key, shared)
  shared.join(member)
  return {
    wake: () => {
      if (shared.members.has(member)) shared.feed.wake()
    },
    siblings: () => [...shared.members].flatMap((each) => (each === member ? [] : [each.listener])),
    async close() {
      if (!shared.members.delete(member) || shared.members.size > 0) return
      feeds.delete(key)
      await shared.feed.close()
    }
  }
}
