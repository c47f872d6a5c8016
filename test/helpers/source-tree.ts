/** Reads the project's own source, for the tests that keep its rules. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { posix, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface SourceFile {
  /** From the root of the project, with forward slashes: `src/token.ts`. */
  readonly path: string
  readonly text: string
}

const root = fileURLToPath(new URL('../..', import.meta.url))

/** All TypeScript files below a folder of the project, without what Prisma generates. */
export function sourceFiles(folder: string): SourceFile[] {
  if (!existsSync(posix.join(root, folder))) return []
  return readdirSync(posix.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.[cm]?tsx?$/.test(entry.name))
    .map((entry) => posix.join(entry.parentPath, entry.name))
    .map((file) => ({ file, path: relative(root, file).split(sep).join('/') }))
    .filter(({ path }) => !/^(src|example-app)\/generated\//.test(path) && !path.includes('/node_modules/'))
    .map(({ file, path }) => ({ path, text: readFileSync(file, 'utf8') }))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** The text without lines that are only comment, so that an example in a comment counts as nothing. */
export function codeOf(text: string): string {
  return text
    .split('\n')
    .filter((line) => !/^\s*(\/\/|\/\*|\*)/.test(line))
    .join('\n')
}

/** Every module that a text names: imports, re-exports, `import()` as a value or in a type, and `require()`. */
export function importsOf(text: string): string[] {
  const code = codeOf(text)
  const found = [
    ...code.matchAll(/^\s*(?:import|export)\b[^'"`;=()]*?\bfrom\s*(['"])(.+?)\1/gm),
    ...code.matchAll(/^\s*import\s*(['"])(.+?)\1/gm),
    ...code.matchAll(/\b(?:import|require)\s*\(\s*(['"`])(.+?)\1/g)
  ]
  return found.map((match) => match[2] ?? '')
}
