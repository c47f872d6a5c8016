import type { Command } from 'commander'
import { misuse } from '../failure.js'
import {
  allowedIpsOption,
  type Expiry,
  expiresOption,
  type GivenLimits,
  type GivenMetadata,
  metadataOption,
  nameOption,
  rateLimitOption,
  scopesOption
} from '../options.js'
import { recordDetails, recordDocument } from '../record.js'
import type { Session } from '../session.js'

interface UpdateOptions {
  readonly name?: string
  readonly scopes?: readonly string[]
  readonly expires?: Expiry
  readonly metadata?: GivenMetadata
  readonly allowedIps?: GivenLimits
  readonly rateLimit?: GivenLimits
}

export function addUpdate(program: Command, session: Session): void {
  program
    .command('update <id>')
    .description('change a key; what is not named stays')
    .addOption(nameOption())
    .addOption(scopesOption())
    .addOption(expiresOption())
    .addOption(metadataOption())
    .addOption(allowedIpsOption())
    .addOption(rateLimitOption())
    .addHelpText('after', examples)
    .action((id: string, { expires, metadata, allowedIps, rateLimit, ...fields }: UpdateOptions) => {
      const change = { ...fields, ...expires, ...metadata, ...allowedIps, ...rateLimit }
      if (Object.keys(change).length === 0) {
        throw misuse('Nothing to change: give --name, --scopes, --expires, --metadata, --allowed-ips or --rate-limit.')
      }
      return session.withKeys(async (keys) => {
        const record = await keys.update(id, change, session.author)
        await session.out.result(recordDocument(record), () => recordDetails(record))
      })
    })
}

const examples = `
Examples:
  $ keystile update 0c0f2a1e-5d3b-4a39-9a44-6d2f3f0f9b1e --name "old laptop"
  $ keystile update 0c0f2a1e-5d3b-4a39-9a44-6d2f3f0f9b1e --scopes "" --expires 7d`
