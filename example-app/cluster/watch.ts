/** How long a process lets a key in after its revocation, as a client sees it. */
import { setTimeout as sleep } from 'node:timers/promises'

const askEveryMs = 3
const warmWithinMs = 20_000

export interface Answer {
  /** When it had come, a time of performance.now(): the process decided no later. */
  readonly at: number
  readonly status: number
}

/** One key at one process. */
export interface Asking {
  readonly url: string
  readonly token: string
}

async function ask({ url, token }: Asking): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}` }
  const answer = await fetch(`${url}/api/me`, { headers, signal: AbortSignal.timeout(10_000) })
  await answer.arrayBuffer()
  return { at: performance.now(), status: answer.status }
}

/** Asks until the process says that it trusts what it remembers. */
export async function warm(asking: Asking): Promise<void> {
  const giveUpAt = performance.now() + warmWithinMs
  let cache: string | undefined
  while (cache !== 'fresh') {
    const { status } = await ask(asking)
    if (status !== 200) throw new Error(`${asking.url} answered ${status} to a good key.`)
    cache = ((await (await fetch(`${asking.url}/readyz`)).json()) as { cache: string }).cache
    if (performance.now() > giveUpAt)
      throw new Error(`The cache of ${asking.url} is ${cache} after ${warmWithinMs} ms.`)
    await sleep(askEveryMs)
  }
}

/** Asks again and again, a few milliseconds after each answer, until it is told to end. */
export async function askOn(asking: Asking, end: AbortSignal): Promise<Answer[]> {
  const answers: Answer[] = []
  while (!end.aborted) {
    answers.push(await ask(asking))
    await sleep(askEveryMs)
  }
  return answers
}

export interface Seen {
  /** Milliseconds after the commit; undefined where the key was let in until the commit at most. */
  readonly lastAcceptMs: number | undefined
  /** Undefined where it was never refused. */
  readonly firstRefusalMs: number | undefined
  readonly asked: number
  /** The longest time from one answer to the next: what happened in between was not seen. */
  readonly longestGapMs: number
  /** What was neither 200 nor 401. */
  readonly others: readonly number[]
}

export function summary(answers: readonly Answer[], committedAt: number): Seen {
  const after = answers.filter(({ at }) => at > committedAt)
  const accepted = after.findLast(({ status }) => status === 200)
  const refused = after.find(({ status }) => status === 401)
  const gaps = answers.slice(1).map(({ at }, index) => at - (answers[index]?.at ?? at))
  return {
    lastAcceptMs: accepted && accepted.at - committedAt,
    firstRefusalMs: refused && refused.at - committedAt,
    asked: answers.length,
    longestGapMs: Math.max(0, ...gaps),
    others: answers.map(({ status }) => status).filter((status) => status !== 200 && status !== 401)
  }
}

/** Whether a process kept what is promised: refused, by 401, and for good before so many milliseconds were over. */
export function isKept({ lastAcceptMs = 0, firstRefusalMs, others }: Seen, withinMs: number): boolean {
  return firstRefusalMs !== undefined && lastAcceptMs <= withinMs && others.length === 0
}
