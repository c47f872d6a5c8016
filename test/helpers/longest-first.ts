/** The files that take longest start first: a long one at the end would have one worker wait for the other. */
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** In the order of their times. */
const longest = [
  'example-app',
  'faults/feed-lost',
  'cli/commands',
  'change-feed/changes',
  'change-feed/failures-postgresql',
  'faults/database-down',
  'cli/find-keys',
  'keys/two-processes',
  'revocation/revoke-wins-postgresql',
  'revocation/revoke-wins-sqlite',
  'usage/exact-counts',
  'database/first-starts',
  'cli/terminal',
  'cli/output',
  'readme',
  'types/consumer',
  'example-probes',
  'cli/misuse',
  'database/foreign-tables',
  'database/processes',
  'revocation/other-changes',
  'usage/write-lock'
]

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const index = longest.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`))
      return index === -1 ? longest.length : index
    }
    return [...files].sort((a, b) => place(a) - place(b))
  }
}
