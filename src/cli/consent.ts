import { Failure, misuse } from './failure.js'
import type { Output } from './output.js'
import { readLine } from './stdin.js'

/** Asks, and throws where the answer is no. */
export type Ask = (question: string) => Promise<void>

/**
 * How a command that can't be undone gets its yes: --yes, or a question on the terminal.
 * @throws Failure `invalid_argument` where there is neither, before anything was opened
 */
export function consent(out: Output, command: string, yes: boolean | undefined): Ask {
  if (yes) return async () => {}
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw misuse(`${command} needs --yes where there is no terminal to ask on.`)
  }
  return async (question) => {
    await out.question(`${question} [y/N]`)
    const answer = await readLine()
    if (!/^y(es)?$/i.test(answer.trim())) throw new Failure('cancelled', 'Cancelled: nothing was changed.')
  }
}
