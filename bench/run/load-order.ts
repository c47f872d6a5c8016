/** What the load process is asked to do, and what it tells. */

export interface LoadOrder {
  readonly port: number
  readonly connections: number
  /** The first so many tokens are used. */
  readonly hotKeys: number
  /** How long requests are sent; answers to those under way are waited for. Without meaning for `each`. */
  readonly seconds: number
  /** So long they are sent before that, and not told of. */
  readonly leadSeconds?: number
  /** The part of the requests that carries unknown well-formed tokens. */
  readonly unknownPart: number
  /** One of the keys at random each time, or each key once. */
  readonly order: 'random' | 'each'
}

export interface Answered {
  readonly answered: number
  /** Those of the lead too. */
  readonly statuses: Readonly<Record<string, number>>
  readonly p50Micros: number
  readonly p99Micros: number
}

export interface LoadReport {
  /** From the first request, or the end of the lead, to the last answer. */
  readonly seconds: number
  /** Of the load process, since the end of the lead. */
  readonly cpuMicros: number
  readonly known: Answered
  readonly unknown: Answered
  /** Requests that got no answer: connections that failed, or a minute's silence. */
  readonly failed: number
}

/** What is wrong with the answers, in words; undefined where each had the status that it should have. */
export function wrongIn(report: LoadReport, { unknown }: { readonly unknown: number }): string | undefined {
  const wrong = [
    ...unexpected(report.known, 200, 'known keys'),
    ...unexpected(report.unknown, unknown, 'unknown keys'),
    ...(report.failed > 0 ? [`${report.failed} requests without an answer`] : []),
    ...(report.known.answered === 0 ? ['no answer at all for a known key'] : [])
  ]
  return wrong.length === 0 ? undefined : wrong.join('; ')
}

function unexpected({ statuses }: Answered, expected: number, whose: string): readonly string[] {
  return Object.entries(statuses)
    .filter(([status]) => Number(status) !== expected)
    .map(([status, count]) => `${count} answers with status ${status} for ${whose}, which should get ${expected}`)
}
