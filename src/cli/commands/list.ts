import { type Command, Option } from 'commander'
import type { Duration } from '../../duration.js'
import { cursorOption, limitOption, ownerOption, parseDurationOrZero } from '../options.js'
import { findOwnerId } from '../owner.js'
import { recordDocument, recordTable } from '../record.js'
import type { Session } from '../session.js'

interface ListOptions {
  readonly owner?: string
  readonly expiring?: Duration
  readonly limit?: number
  readonly cursor?: string
}

export function addList(program: Command, session: Session): void {
  program
    .command('list')
    .description('list keys, the newest first')
    .addOption(ownerOption('only keys of this owner'))
    .addOption(
      new Option('--expiring <duration>', 'only keys that expire so soon, the soonest first').argParser(
        parseDurationOrZero
      )
    )
    .addOption(limitOption())
    .addOption(cursorOption())
    .addHelpText('after', examples)
    .action(({ owner, expiring, ...page }: ListOptions) =>
      session.withKeys(async (keys) => {
        const ownerId = owner === undefined ? undefined : await findOwnerId(keys, owner)
        const wanted = { ...page, ...(ownerId !== undefined && { ownerId }) }
        const { items, nextCursor } =
          expiring === undefined ? await keys.list(wanted) : await keys.findExpiring({ ...wanted, within: expiring })
        await session.out.result({ items: items.map(recordDocument), nextCursor }, () => recordTable(items))
        if (nextCursor !== null) await session.out.notice(`There are more: --cursor ${nextCursor}`)
      })
    )
}

const examples = `
On a terminal the table is as wide as that; elsewhere it is printed whole.

Examples:
  $ keystile list
  $ keystile list --owner ada@example.com --limit 10
  $ keystile list --expiring 14d
  $ keystile list --json | jq -r '.items[] | select(.status == "expired") | .id'`
