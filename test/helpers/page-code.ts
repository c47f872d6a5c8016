/** The code of a Markdown page, as modules that a compiler can take one by one. */
import { existsSync } from 'node:fs'
import { root } from './built-package.js'
import { type CodeBlock, codeBlocks } from './markdown.js'

/** What a block may use of the page's earlier ones. */
const given: Readonly<Record<string, string>> = {
  app: `declare const app: import('express').Express`,
  keys: `declare const keys: import('keystile').ApiKeys`,
  currentUser: `declare const currentUser: (req: object) => { id: string; email: string } | undefined`,
  apiKey: `declare const apiKey: import('keystile').ApiKeyRecord`,
  prisma: `declare const prisma: {
    readonly apiKey: { readonly [key: symbol]: { types: { payload: { scalars: object; objects: { user: { scalars: ReaderOfPage } } } } } }
  }
  interface ReaderOfPage { id: string; email: string; name: string | null; isActive: boolean; plan: string }`,
  yourOwnCheck: `declare const yourOwnCheck: import('express').RequestHandler`,
  askTheOtherSystem: `declare const askTheOtherSystem: (token: string) => Promise<object | undefined>`
}

/** Files of the reader's own that the pages import: Better Auth, and a Prisma client with the models that they name. */
export const filesOfReader: Readonly<Record<string, string>> = {
  'auth.ts':
    'export declare const auth: { api: { verifyApiKey(given: { body: { key: string } }): Promise<{ valid: boolean }> } }',
  'db.ts': `
type Column = 'id' | 'accountId' | 'label' | 'tokenHash' | 'tokenStart' | 'scopes' | 'revokedAt' | 'lastUsedAt' | 'uses' | 'expiresAt' |
  'createdAt' | 'updatedAt' | 'prefix' | 'remaining' | 'rateLimitEnabled' | 'rateLimitMax' | 'rateLimitTimeWindow' | 'referenceId' | 'name' |
  'key' | 'start' | 'permissions' | 'enabled' | 'refillAmount' | 'lastRequest' | 'requestCount' | 'metadata'
interface Delegate { findMany(args: object): Promise<Readonly<Record<Column, never>>[]> }
export declare const prisma: { apiToken: Delegate; betterAuthKey: Delegate; $disconnect(): Promise<void> }`
}

/** The packages that code imports, beside Express and keystile, with their types: as far as this project has them. */
export function packagesOf(code: readonly CodeBlock[]): string[] {
  const names = code.flatMap(({ text }) =>
    [...text.matchAll(/ from '((?:@[^/']+\/)?[^./'@][^/']*)/g)].map(([, name = '']) => name)
  )
  return [...new Set(names)]
    .filter((name) => !/^(node:|express$|keystile$)/.test(name))
    .flatMap((name) => [name, `@types/${name.replace(/^@(.*)\//, '$1__')}`])
    .filter((name) => existsSync(`${root}/node_modules/${name}`))
}

export function codeOfPage(page: string): CodeBlock[] {
  return codeBlocks(page).filter(({ language }) => ['ts', 'js'].includes(language))
}

/** A block as a file: scripts stand as they are, other code gets what the page has before it. */
export function asFile(name: string, { language, text, line }: CodeBlock): Record<string, string> {
  return { [`${name}-line-${line}.m${language}`]: language === 'js' ? text : asModule(text) }
}

function asModule(text: string): string {
  const missing = Object.keys(given).filter(
    (name) =>
      new RegExp(`\\b${name}\\b`).test(text) && !new RegExp(`\\b(const|let|function) (\\{[^}]*)?${name}\\b`).test(text)
  )
  return [...missing.map((name) => given[name]), text, 'export {}'].join('\n')
}
