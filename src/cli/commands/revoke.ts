import { type Command, Option } from 'commander'
import type { ApiKeyRecord } from '../../api-key.js'
import type { ApiKeys } from '../../create-api-keys.js'
import { consent } from '../consent.js'
import { misuse } from '../failure.js'
import { ownerOption, reasonOption, yesOption } from '../options.js'
import { findOwnerId } from '../owner.js'
import { recordDetails, recordDocument } from '../record.js'
import type { Session } from '../session.js'
import { readToken } from '../stdin.js'

interface RevokeOptions {
  readonly tokenStdin?: true
  readonly owner?: string
  readonly reason?: string
  readonly yes?: true
}

export function addRevoke(program: Command, session: Session): void {
  program
    .command('revoke [id]')
    .description('end a key, or all keys of an owner, for good')
    .addOption(new Option('--token-stdin', 'the key that is on stdin, instead of an id'))
    .addOption(ownerOption('every key of this owner, instead of an id'))
    .addOption(reasonOption())
    .addOption(yesOption())
    .addHelpText('after', examples)
    .action(async (id: string | undefined, options: RevokeOptions) => {
      const { tokenStdin, owner, reason } = options
      const named = [id, tokenStdin, owner].filter((way) => way !== undefined).length
      if (named !== 1) throw misuse('Name what to revoke in one way: an id, --token-stdin or --owner.')
      const because = reason === undefined ? {} : { reason }
      if (owner !== undefined) return revokeOwner(session, owner, because, options.yes)
      if (id !== undefined) return revokeOne(session, (keys) => keys.revoke(id, because, session.author))
      const token = await readToken(session.out)
      return revokeOne(session, (keys) => keys.revokeToken(token, because, session.author))
    })
}

function revokeOne(session: Session, revoke: (keys: ApiKeys) => Promise<ApiKeyRecord>): Promise<void> {
  return session.withKeys(async (keys) => {
    const record = await revoke(keys)
    await session.out.result(recordDocument(record), () => recordDetails(record))
  })
}

async function revokeOwner(
  session: Session,
  owner: string,
  because: { readonly reason?: string },
  yes: true | undefined
): Promise<void> {
  const ask = consent(session.out, 'revoke --owner', yes)
  await session.withKeys(async (keys) => {
    const ownerId = await findOwnerId(keys, owner)
    await ask(`Revoke every key of ${owner}?`)
    const { revoked } = await keys.revokeOwner(ownerId, because, session.author)
    await session.out.result({ revoked }, () => `Revoked ${revoked} ${revoked === 1 ? 'key' : 'keys'}.\n`)
  })
}

const examples = `
A key is never taken from the command line, where others could see it. Revoking a key twice changes nothing.

Examples:
  $ keystile revoke 0c0f2a1e-5d3b-4a39-9a44-6d2f3f0f9b1e --reason "laptop lost"
  $ keystile revoke --token-stdin < leaked.txt
  $ keystile revoke --owner ada@example.com --yes`
