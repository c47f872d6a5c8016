import { type Command, Option } from 'commander'
import type { Duration } from '../../duration.js'
import type { Pruned } from '../../key-history.js'
import { consent } from '../consent.js'
import { parseDurationOrZero, yesOption } from '../options.js'
import type { Session } from '../session.js'

interface PruneOptions {
  readonly olderThan: Duration
  readonly yes?: true
}

export function addPrune(program: Command, session: Session): void {
  program
    .command('prune')
    .description('remove keys that are over for long, and old events and usage')
    .addOption(
      new Option('--older-than <duration>', 'how long ago; 0 is all of them')
        .argParser(parseDurationOrZero)
        .default('30d')
    )
    .addOption(yesOption())
    .addHelpText('after', examples)
    .action(async ({ olderThan, yes }: PruneOptions) => {
      const ask = consent(session.out, 'prune', yes)
      await session.withKeys(async (keys) => {
        await ask(
          `Delete every key that expired or was revoked${olderThan === 0 ? '' : ` more than ${olderThan} ago`}, and old events and usage?`
        )
        const pruned = await keys.prune({ olderThan }, session.author)
        await session.out.result(pruned, () => summaryOf(pruned))
      })
    })
}

const counted = (count: number, one: string) => `${count} ${count === 1 ? one : `${one}s`}`

function summaryOf({ deleted, deletedEvents, deletedHours }: Pruned): string {
  const parts = [counted(deleted, 'key'), counted(deletedEvents, 'event'), counted(deletedHours, 'hour')]
  return `Deleted ${parts[0]}, ${parts[1]} and ${parts[2]} of usage.\n`
}

const examples = `
The audit trail and usage by the hour are kept as long as the options keepEventsFor and keepUsageFor say.

Examples:
  $ keystile prune
  $ keystile prune --older-than 365d --yes`
