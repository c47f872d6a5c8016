/** When a barrier counts from, with a session that takes its time. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { FeedLoop } from '../../src/change-feed/loop.js'
import type { Hearing, Session } from '../../src/change-feed/session.js'
import { hear, waking } from './feeds.js'

/** A feed whose session answers after 60 ms what `answer` says, and hears every nonce. */
function slowFeed(answer: () => boolean) {
  const heard = hear()
  const askedAt: number[] = []
  const said: { hearing?: Hearing } = {}
  const session: Session = {
    async ask() {
      askedAt.push(performance.now())
      await sleep(60)
      return answer()
    },
    look: async () => {},
    close: async () => {}
  }
  const open = async (hearing: Hearing) => {
    said.hearing = hearing
    return session
  }
  const prove = async (nonce: string) => said.hearing?.payload(`n:${nonce}`)
  const feed = new FeedLoop({ everyMs: 20, deafness: 'deaf', open }, { listener: heard, prove })
  return { heard, feed, askedAt, said }
}

test('a barrier counts from before its question, on both clocks', async () => {
  const { heard, feed, askedAt } = slowFeed(() => true)
  await waking(feed, () => heard.barriers.length >= 3)
  await feed.close()
  heard.barriers.forEach(({ monotonicMs, wallMs }, index) => {
    expect(monotonicMs).toBeLessThanOrEqual(askedAt[index] ?? 0)
    expect(monotonicMs).toBeGreaterThan((askedAt[index] ?? 0) - 20)
    expect(Math.abs(Date.now() - performance.now() - (wallMs - monotonicMs))).toBeLessThan(5)
  })
})

test('a session that is too busy to answer gives no barrier, and is not lost', async () => {
  let isBusy = true
  const { heard, feed, askedAt } = slowFeed(() => !isBusy)
  await waking(feed, () => askedAt.length >= 3)
  expect(heard.log).toEqual(['*'])
  isBusy = false
  await waking(feed, () => heard.log.includes('barrier'))
  await feed.close()
  expect(heard.log.slice(0, 2)).toEqual(['*', 'barrier'])
})

test('what a session that is over still says does not count, nor does the answer that it owed', async () => {
  const { heard, feed, askedAt, said } = slowFeed(() => true)
  await waking(feed, () => heard.barriers.length >= 1)
  const asked = askedAt.length
  await waking(feed, () => askedAt.length > asked)
  heard.log.length = 0
  said.hearing?.ended(new Error('gone'))
  said.hearing?.payload('k:1')
  said.hearing?.everythingChanged()
  await sleep(100)
  expect(heard.log).toEqual(['unreachable'])
  await feed.close()
})
