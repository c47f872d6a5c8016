/** The side of a child process: it answers what its parent asks, one question after the other. */

export interface Question {
  readonly id: number
  readonly question: string
  readonly given: unknown
}

export interface Answer {
  readonly id: number
  readonly value?: unknown
  readonly error?: string
}

export type Handlers = Readonly<Record<string, (given: never) => unknown>>

async function answerTo({ id, question, given }: Question, handlers: Handlers): Promise<Answer> {
  try {
    const handler = handlers[question]
    if (handler === undefined) throw new Error(`There is no answer to "${question}"`)
    return { id, value: await handler(given as never) }
  } catch (error) {
    return { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}

/** Answers until the parent closes the channel, or is gone: then the process ends. */
export function answer(handlers: Handlers): void {
  process.on('message', async (question: Question) => process.send?.(await answerTo(question, handlers)))
  process.once('disconnect', () => process.exit())
}
