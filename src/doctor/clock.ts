import { type Finding, fail, ok, roundedMs, shownMs, skipped, warn } from './check.js'
import type { OpenDatabase } from './patient.js'

const noticeableMs = 1_000
const wrongMs = 30_000

export async function checkClock({ provider, query }: OpenDatabase): Promise<Finding> {
  if (provider === 'sqlite') return skipped('SQLite is on this machine: there is one clock.')
  const sentAt = Date.now()
  const [row] = await query('SELECT (extract(epoch FROM clock_timestamp()) * 1000)::double precision AS ms')
  const answeredAt = Date.now()
  // The answer is from some moment between the two.
  const aheadMs = (sentAt + answeredAt) / 2 - Number(row?.['ms'])
  const uncertainMs = (answeredAt - sentAt) / 2
  const least = Math.max(0, Math.abs(aheadMs) - uncertainMs)
  const details = { aheadMs: roundedMs(aheadMs), uncertainMs: roundedMs(uncertainMs) }
  const difference = `This machine's clock is ${shownMs(Math.abs(aheadMs))} ${aheadMs < 0 ? 'behind' : 'ahead of'} the database's`
  const remedy =
    'Keep both in time by NTP (chrony, systemd-timesyncd): keys expire by the clock of the process that checks them.'
  if (least > wrongMs) return fail(`${difference}.`, remedy, details)
  if (least > noticeableMs) return warn(`${difference}.`, remedy, details)
  return ok(`${difference}.`, details)
}
