import { type Command, Option } from 'commander'
import type { Duration } from '../../duration.js'
import { consent } from '../consent.js'
import { parseSpan, yesOption } from '../options.js'
import type { Session } from '../session.js'

interface PruneOptions {
  readonly olderThan: Duration
  readonly yes?: true
}

export function addPrune(program: Command, session: Session): void {
  program
    .command('prune')
    .description('remove keys that expired or were revoked long ago')
    .addOption(
      new Option('--older-than <duration>', 'how long ago; 0 is all of them').argParser(parseSpan).default('30d')
    )
    .addOption(yesOption())
    .addHelpText('after', examples)
    .action(async ({ olderThan, yes }: PruneOptions) => {
      const ask = consent(session.out, 'prune', yes)
      await session.withKeys(async (keys) => {
        await ask(
          `Delete every key that expired or was revoked${olderThan === 0 ? '' : ` more than ${olderThan} ago`}?`
        )
        const { deleted } = await keys.prune({ olderThan })
        await session.out.result({ deleted }, () => `Deleted ${deleted} ${deleted === 1 ? 'key' : 'keys'}.\n`)
      })
    })
}

const examples = `
Examples:
  $ keystile prune
  $ keystile prune --older-than 365d --yes`
