import { type Command, Option } from 'commander'
import type { UsageBucket, UsageReport } from '../../usage-report.js'
import { parseTime } from '../options.js'
import { printTable } from '../print-table.js'
import type { Session } from '../session.js'

interface UsageOptions {
  readonly from?: Date
  readonly to?: Date
  readonly by: 'hour' | 'day'
}

export function addUsage(program: Command, session: Session): void {
  program
    .command('usage <id>')
    .description("print what became of a key's requests, by days or hours of UTC")
    .addOption(
      new Option('--from <time>', 'the first day or hour (default: 30 days, or 24 hours, back)').argParser(parseTime)
    )
    .addOption(new Option('--to <time>', 'where it ends, not included (default: now)').argParser(parseTime))
    .addOption(new Option('--by <unit>', 'how the time is divided').choices(['hour', 'day']).default('day'))
    .addHelpText('after', examples)
    .action((id: string, span: UsageOptions) =>
      session.withKeys(async (keys) => {
        const report = await keys.usage(id, span)
        await session.out.result(report, () => textOf(report))
      })
    )
}

function textOf({ by, allowed, denied, buckets }: UsageReport): string {
  const columns = [
    { title: by.toUpperCase(), text: ({ start }: UsageBucket) => start.toISOString().slice(0, by === 'day' ? 10 : 16) },
    { title: 'ALLOWED', text: (bucket: UsageBucket) => String(bucket.allowed) },
    { title: 'DENIED', text: (bucket: UsageBucket) => String(bucket.denied) }
  ]
  const used = buckets.filter((bucket) => bucket.allowed !== 0 || bucket.denied !== 0)
  return `${printTable(columns, used)}${allowed} allowed, ${denied} denied.\n`
}

const examples = `
The table leaves out times without requests; --json has all of them.

Examples:
  $ keystile usage 0c0f2a1e-5d3b-4a39-9a44-6d2f3f0f9b1e
  $ keystile usage 0c0f2a1e-5d3b-4a39-9a44-6d2f3f0f9b1e --by hour --from 2027-01-31 --to 2027-02-01`
