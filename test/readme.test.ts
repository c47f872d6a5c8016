/** What the README says is so: its code compiles, its commands run and print what it shows, its tables are whole. */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import express from 'express'
import { ApiKeyError, type ApiKeyErrorCode, apiKeyAuth, apiKeyRouter, createApiKeys, requireScopes } from 'keystile'
import { describe, expect, test } from 'vitest'
import { compile, compilers, linkedProject, root, writeFiles } from './helpers/built-package.js'
import { freshPostgres, freshSqlite } from './helpers/databases.js'
import { declaredTypes } from './helpers/declared-types.js'
import { serve } from './helpers/express-apps.js'
import { type CodeBlock, codeBlocks, codeIn, tableAfter } from './helpers/markdown.js'
import { asFile, codeOfPage, packagesOf } from './helpers/page-code.js'
import { type Ended, freePort, type Running, run, start } from './helpers/programs.js'

const readme = readFileSync(`${root}/README.md`, 'utf8')
const source = (path: string) => readFileSync(`${root}/${path}`, 'utf8')
const blocks = codeBlocks(readme)
const firstLine = ({ text, line }: CodeBlock) => `line ${line}: ${text.slice(0, text.indexOf('\n'))}`

describe('its code', () => {
  const code = codeOfPage(readme)

  test('there is some', () => {
    expect(code.length).toBeGreaterThanOrEqual(5)
  })

  test.each(compilers)('compiles in strict mode with $compiler', { timeout: 120_000 }, async ({ folder }) => {
    const project = linkedProject(packagesOf(code))
    for (const block of code) writeFiles(project, asFile('README', block))
    expect(await compile(project, folder, { allowJs: true, checkJs: true, skipLibCheck: true })).toBe('')
  })
})

describe('its commands', () => {
  const project = linkedProject()
  const scripts = (JSON.parse(source('package.json')) as { scripts: Record<string, string> }).scripts
  let port = 0
  let server: Running | undefined

  /** The page's port and database, in this run. */
  async function here(text: string): Promise<string> {
    port ||= await freePort()
    const local = text.replaceAll('listen(3000)', `listen(${port}, 'localhost')`).replaceAll(':3000', `:${port}`)
    const url = /postgresql:\/\/\S+/.exec(local)?.[0]
    return url === undefined ? local : local.replaceAll(url, await freshPostgres())
  }

  async function untilItListens(): Promise<void> {
    for (;;) {
      const answered = await fetch(`http://localhost:${port}/`).catch(() => undefined)
      if (answered) return
      await Promise.race([sleep(50), server?.ended.then(({ stderr }) => Promise.reject(new Error(stderr)))])
    }
  }

  /** npx takes longer than all that it runs: once it is asked itself, then its place is taken. */
  let npx = ''

  /** What one block sets in the shell is there for the next. */
  function inShell(text: string): Promise<Ended> {
    const script = ['[ -f vars ] && . ./vars', npx, text, 'declare -p KEY ID > vars 2> /dev/null || true']
    if (text.includes('npx ')) npx = 'npx() { "node_modules/.bin/$@"; }'
    return run('bash', ['-euo', 'pipefail', '-c', script.join('\n')], { cwd: project })
  }

  function checkNpm(command: string): void {
    const [verb = '', ...packages] = command.replace(/^npm (run )?/, '').split(' ')
    if (verb === 'i') expect(packages).toEqual(['keystile', 'express'])
    else expect(['ci', ...Object.keys(scripts)]).toContain(verb)
  }

  async function runBlock(text: string): Promise<string> {
    const lines = text.trim().split('\n')
    if (lines.every((line) => line.startsWith('npm '))) {
      for (const line of lines) checkNpm(line)
      return ''
    }
    if (text.startsWith('node ')) {
      server = start('node', text.trim().split(' ').slice(1), { cwd: project })
      await untilItListens()
      return ''
    }
    const { exitCode, stdout, stderr } = await inShell(text)
    expect(exitCode, stderr).toBe(0)
    return stdout
  }

  function compareOutput({ language, text }: CodeBlock, printed: string): void {
    if (language === 'json') return expect(JSON.parse(printed)).toEqual(JSON.parse(text))
    const lines = printed.split(/\r?\n/)
    // The page leaves out header fields that say nothing here; what it shows stands there, in that order.
    expect(lines.filter((line) => text.split('\n').includes(line))).toEqual(text.trimEnd().split('\n'))
  }

  test.each(
    blocks
      .map((block, index) => ({ block, shown: blocks[index + 1], title: firstLine(block) }))
      .filter(({ block }) => block.language === 'sh' || /^\/\/ \S+\.m?js\n/.test(block.text))
  )('$title', { timeout: 120_000 }, async ({ block, shown }) => {
    const text = await here(block.text)
    const file = /^\/\/ (\S+)\n/.exec(text)?.[1]
    if (file !== undefined) return writeFiles(project, { [file]: text })
    const printed = await runBlock(text)
    if (shown?.followsDirectly && ['json', 'http'].includes(shown.language)) compareOutput(shown, printed)
  })

  test('the server that they started stops by its signal', async () => {
    await server?.stop()
    expect(server).toBeDefined()
  })
})

describe('its tables', () => {
  const firstCells = (marker: string) => tableAfter(readme, marker).map(([cell = '']) => codeIn(cell)[0] ?? '')
  const cells = (marker: string) => tableAfter(readme, marker).map((row) => row.map((cell) => codeIn(cell)))
  const known = (path: string) =>
    [...(/^const known = \[([^\]]+)\]$/m.exec(source(path))?.[1] ?? '').matchAll(/\w+/g)].flat()
  const declared = declaredTypes()

  test('the options of createApiKeys are those of the code', () => {
    expect(firstCells('`createApiKeys(options)`')).toEqual(known('src/options.ts'))
  })

  test('the options of apiKeyAuth are those of the code', () => {
    expect(firstCells('`apiKeyAuth(options)`')).toEqual(known('src/middleware.ts'))
  })

  test('the options of apiKeyRouter are those of the code', () => {
    expect(firstCells("`apiKeyRouter(...).openapi('/keys')`")).toEqual(known('src/router/options.ts'))
  })

  test('the routes of the management API are those of the code', () => {
    const router = apiKeyRouter({ keys: createApiKeys({ url: 'file:./never.db' }), actor: () => null })
    const { paths } = router.openapi() as { paths: Record<string, object> }
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace('{id}', ':id')}`)
    )
    expect(firstCells('## Owners manage their own keys').sort()).toEqual(routes.sort())
  })

  test('the error codes, with their status, are those of the code', () => {
    const shown = tableAfter(readme, '## Errors').map(([code = '', status]) => [codeIn(code)[0], Number(status)])
    const codes = declared.union('ApiKeyErrorCode') as ApiKeyErrorCode[]
    expect(shown.sort()).toEqual(codes.map((code) => [code, new ApiKeyError(code, '').status]).sort())
  })

  test('the reasons are those of the code', () => {
    const paragraph = readme.slice(readme.indexOf('also have a `reason`: '), readme.indexOf('A request that gets 503'))
    expect(codeIn(paragraph).slice(1).sort()).toEqual(declared.union('DenialReason').sort())
  })

  test('the channels, with their payloads, are those of the code', () => {
    const sorted = (channel = '', fields: readonly string[] = []) => [channel, [...fields].sort()]
    const shown = cells('## Events').map(([channel, fields]) => sorted(channel?.[0], fields))
    expect(shown).toEqual(declared.members('KeystileEvents').map(([channel, fields]) => sorted(channel, fields)))
  })

  test('the methods of keys are those of the code', async () => {
    const keys = createApiKeys({ url: await freshSqlite() })
    expect(firstCells('| Method |').map((call) => call.replace(/\(.*/, ''))).toEqual(
      expect.arrayContaining(Object.keys(keys))
    )
    expect(firstCells('| Method |')).toHaveLength(Object.keys(keys).length)
  })
})

test('its example of an error is what a client gets', async () => {
  const keys = createApiKeys({ url: await freshSqlite() })
  const { owner } = await keys.ensureOwner({ email: 'ada@example.com' })
  const { token } = await keys.create({ ownerId: owner.id, name: 'laptop', scopes: ['reports:read'] })
  const app = express()
  app.use(apiKeyAuth({ keys }), requireScopes('reports:write'))
  const { port } = await serve(app)
  const answer = await fetch(`http://127.0.0.1:${port}/`, { headers: { Authorization: `Bearer ${token}` } })
  const errors = readme.slice(readme.indexOf('## Errors'))
  const [example] = codeBlocks(errors)
  expect(await answer.text()).toBe(JSON.stringify(JSON.parse(example?.text ?? '')))
  await keys.close()
})

test('the versions that it names are those of package.json', () => {
  const { engines, peerDependencies } = JSON.parse(source('package.json')) as Record<string, Record<string, string>>
  expect(engines?.['node']).toBe('^20.19 || ^22.12 || >=24.0')
  expect(readme).toContain('| Node | 20.19 and up in 20, 22.12 and up in 22, 24 and later |')
  expect(peerDependencies?.['express']).toBe('^4.21.0 || ^5.0.0')
  expect(readme).toContain('| Express | 4.21 and up in 4, and 5 |')
})
