import { misuse } from './failure.js'

/** A prefix and most of a secret, wherever in an argument: `--scopes a,$TOKEN` is a leak too. No id or name looks like that. */
const tokenLike = /[0-9A-Za-z]_[0-9A-Za-z]{41,}/

/**
 * Other users of a machine see its command lines, and shells keep them: a token there is refused, unseen by any message.
 */
export function refuseTokens(args: readonly string[]): void {
  if (!args.some((arg) => tokenLike.test(arg))) return
  throw misuse(
    'That looks like a key, and a key does not belong on a command line, where others can see it. ' +
      'To revoke it, pass it on stdin: keystile revoke --token-stdin'
  )
}
