import type { Command } from 'commander'
import { parseKeyFields } from '../../key-input.js'
import { printNewKey } from '../new-key.js'
import {
  allowedIpsOption,
  type Expiry,
  expiresOption,
  type GivenLimits,
  type GivenMetadata,
  metadataOption,
  nameOption,
  ownerOption,
  rateLimitOption,
  scopesOption
} from '../options.js'
import { ensureOwnerId } from '../owner.js'
import type { Session } from '../session.js'

interface CreateOptions {
  readonly owner: string
  readonly name: string
  readonly scopes?: readonly string[]
  readonly expires?: Expiry
  readonly metadata?: GivenMetadata
  readonly allowedIps?: GivenLimits
  readonly rateLimit?: GivenLimits
}

export function addCreate(program: Command, session: Session): void {
  program
    .command('create')
    .description('make a key and print it, once')
    .addOption(ownerOption('whom the key acts for').makeOptionMandatory())
    .addOption(nameOption().makeOptionMandatory())
    .addOption(scopesOption())
    .addOption(expiresOption())
    .addOption(metadataOption())
    .addOption(allowedIpsOption())
    .addOption(rateLimitOption())
    .addHelpText('after', examples)
    .action(({ owner, expires, metadata, allowedIps, rateLimit, ...fields }: CreateOptions) => {
      const input = { ...fields, ...expires, ...metadata, ...allowedIps, ...rateLimit }
      // Before the owner is made, who would stay behind.
      parseKeyFields(input, Date.now())
      return session.withKeys(async (keys) => {
        const { id: ownerId, made } = await ensureOwnerId(keys, owner)
        if (made) await session.out.notice(`Made the owner ${owner}, id ${String(ownerId)}: there was none.`)
        await printNewKey(session.out, await keys.create({ ...input, ownerId }, session.author))
      })
    })
}

const examples = `
stdout is the key and nothing else. Only its hash is stored: it can't be shown again.
In a database of keystile's own, an owner with a new email is made.

Examples:
  $ keystile create --owner ada@example.com --name laptop
  $ keystile create --owner ada@example.com --name ci --scopes "reports:read reports:write" --expires 90d
  $ KEY=$(keystile create --owner 4f9c0a52-6b1b-4c57-8d0e-2f4f8f0f4c11 --name job --metadata '{"team":"ops"}')`
