import { type Command, Option } from 'commander'
import { ownerOption, parseCount } from '../options.js'
import { findOwnerId } from '../owner.js'
import { recordDocument, recordTable } from '../record.js'
import type { Session } from '../session.js'

interface ListOptions {
  readonly owner?: string
  readonly limit?: number
  readonly cursor?: string
}

export function addList(program: Command, session: Session): void {
  program
    .command('list')
    .description('list keys, the newest first')
    .addOption(ownerOption('only keys of this owner'))
    .addOption(new Option('--limit <n>', 'at most so many, 1 to 100 (default: 50)').argParser(parseCount))
    .addOption(new Option('--cursor <cursor>', 'go on where the page before ended'))
    .addHelpText('after', examples)
    .action(({ owner, ...page }: ListOptions) =>
      session.withKeys(async (keys) => {
        const ownerId = owner === undefined ? undefined : await findOwnerId(keys, owner)
        const { items, nextCursor } = await keys.list({ ...page, ...(ownerId !== undefined && { ownerId }) })
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
  $ keystile list --json | jq -r '.items[] | select(.status == "expired") | .id'`
