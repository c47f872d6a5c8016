/** Schemas in memory, and what `keystile init` makes of them. */
import { filesAfter } from '../../../src/cli/init/candidate.js'
import { type InitOptions, type Plan, planInit } from '../../../src/cli/init/plan.js'
import type { Project } from '../../../src/cli/init/project.js'
import { parseSchema } from '../../../src/cli/init/schema.js'

export function projectOf(files: Readonly<Record<string, string>>, isFolder = false): Project {
  const named = Object.entries(files).map(([name, text]) => ({ name, path: `/app/${name}`, text }))
  return {
    folder: '/app',
    prisma: { readConfig: async () => ({ file: undefined }), faultOf: async () => undefined },
    schemaPath: isFolder ? '/app/prisma' : '/app/schema.prisma',
    isFolder,
    files: named,
    blocks: named.flatMap(({ name, text }) => parseSchema(name, text)),
    migrationsFolder: '/app/migrations'
  }
}

/** The text of a single-file schema after init, and its plan. */
export function planned(
  text: string,
  options: Partial<InitOptions> = {}
): { readonly after: string; readonly plan: Plan } {
  const project = projectOf({ 'schema.prisma': text })
  const plan = planInit(project, { relation: true, ...options })
  return { after: filesAfter(project, plan)[0]?.text ?? '', plan }
}

/** The lines that are new; a test fails where any other line is not as it was. */
export function addedLines(before: string, after: string): string[] {
  const rest = before.split('\n')
  const added = after.split('\n').filter((line) => {
    if (line !== rest[0]) return true
    rest.shift()
    return false
  })
  if (rest.join('') !== '') throw new Error(`these lines are gone or changed: ${rest.join('\n')}`)
  return added
}
