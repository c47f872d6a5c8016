import { misuse } from './failure.js'

/** A prefix and most of a secret, also behind `--option=` or `Bearer `: no id or name looks like that. */
const tokenLike = /(?:^|[\s=:"'])[A-Za-z][0-9A-Za-z]*(?:_[0-9A-Za-z]+)*_[0-9A-Za-z]{40,}/

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
