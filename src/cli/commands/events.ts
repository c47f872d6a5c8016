import type { Command } from 'commander'
import type { ApiKeyEvent } from '../../audit.js'
import { cursorOption, limitOption, ownerOption } from '../options.js'
import { findOwnerId } from '../owner.js'
import { printTable } from '../print-table.js'
import { printable } from '../printable.js'
import type { Session } from '../session.js'

interface EventsOptions {
  readonly owner?: string
  readonly limit?: number
  readonly cursor?: string
}

export function addEvents(program: Command, session: Session): void {
  program
    .command('events [id]')
    .description('print what was done to a key, or to all of them, the newest first')
    .addOption(ownerOption('only keys of this owner'))
    .addOption(limitOption())
    .addOption(cursorOption())
    .addHelpText('after', examples)
    .action((apiKeyId: string | undefined, { owner, ...page }: EventsOptions) =>
      session.withKeys(async (keys) => {
        const ownerId = owner === undefined ? undefined : await findOwnerId(keys, owner)
        const about = { ...(apiKeyId !== undefined && { apiKeyId }), ...(ownerId !== undefined && { ownerId }) }
        const found = await keys.events({ ...page, ...about })
        await session.out.result(found, () => printTable(columns, found.items))
        if (found.nextCursor !== null) await session.out.notice(`There are more: --cursor ${found.nextCursor}`)
      })
    )
}

const columns = [
  { title: 'WHEN', text: ({ createdAt }: ApiKeyEvent) => createdAt.toISOString() },
  { title: 'WHAT', text: ({ type }: ApiKeyEvent) => type },
  { title: 'WHO', text: ({ actor }: ApiKeyEvent) => printable(actor ?? '-') },
  { title: 'FROM', text: ({ ip }: ApiKeyEvent) => printable(ip ?? '-') },
  { title: 'KEY', text: ({ apiKeyId }: ApiKeyEvent) => printable(apiKeyId) },
  { title: 'CHANGES', text: ({ changes }: ApiKeyEvent) => printable(JSON.stringify(changes)), least: 20 }
]

const examples = `
Entries stay when their key is deleted. Refused requests are no entries: they are counted, see "keystile usage".

Examples:
  $ keystile events 0c0f2a1e-5d3b-4a39-9a44-6d2f3f0f9b1e
  $ keystile events --owner ada@example.com --limit 10
  $ keystile events --json | jq -r '.items[] | select(.type == "revoked") | .apiKeyId'`
