/** The package as users get it: packed, installed, run, compiled. Prints how large an install is, and how soon it answers. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { compile, compilers, root, writeFiles } from '../helpers/built-package.js'
import { cjsApp, esmApp, expectItWorks, startApp } from './apps.js'
import { addPackages, installed, npmProject, pinned, pnpmProject, sizeOf } from './projects.js'

const fixture = (name: string) => readFileSync(join(root, 'test/types', name), 'utf8')

/** All public types, used in ESM and in CommonJS; no declaration of a library is skipped. */
async function expectItCompiles(folder: string, types: readonly string[]): Promise<void> {
  await addPackages(folder, [...types, pinned('@types/node')])
  writeFiles(folder, { 'types.mts': fixture('consumer.mts'), 'types.cts': fixture('consumer.cts') })
  for (const { compiler, folder: of } of compilers)
    expect(await compile(folder, of, { skipLibCheck: false }), compiler).toBe('')
}

describe('installed from npm', { timeout: 240_000 }, () => {
  test('it works in ESM with Express 5, is small, and answers soon', async () => {
    const folder = await npmProject([pinned('express')])
    const { megabytes, packages } = sizeOf(folder)
    writeFiles(folder, { 'app.mjs': esmApp() })
    const first = await expectItWorks(folder, 'app.mjs')
    const again = await startApp(folder, 'app.mjs', { TOKEN: first.token })
    await again.stop()
    console.log(
      `npm i keystile express: ${megabytes} MB, ${packages} packages. First answer ${first.firstAnswerMs} ms after the ` +
        `start that makes the database and a key, ${again.firstAnswerMs} ms after a later one.`
    )
    expect(megabytes).toBeLessThan(60)
    expect(existsSync(join(folder, 'node_modules/@prisma/client'))).toBe(false)
  })

  test('it works by require() with Express 4, and its types do', async () => {
    const folder = await npmProject([pinned('express4')])
    writeFiles(folder, { 'app.cjs': cjsApp })
    await expectItWorks(folder, 'app.cjs')
    await expectItCompiles(folder, [pinned('@types/express4')])
  })

  test('it works without install scripts, and its types do with Express 5', async () => {
    const folder = await npmProject([pinned('express')], ['--ignore-scripts'])
    writeFiles(folder, { 'app.mjs': esmApp() })
    await expectItWorks(folder, 'app.mjs')
    await expectItCompiles(folder, [pinned('@types/express')])
  })

  test('no package of it is deprecated, or has a script to be run', async () => {
    const packages = Object.entries(installed(await npmProject([])))
    expect(packages.length).toBeGreaterThan(1)
    expect(packages.filter(([, { hasInstallScript, deprecated }]) => hasInstallScript || deprecated)).toEqual([])
  })
})

test('it works in the strict layout of pnpm', { timeout: 240_000 }, async () => {
  const { folder, pnpm } = await pnpmProject([pinned('express')])
  writeFiles(folder, { 'app.mjs': esmApp() })
  await expectItWorks(folder, 'app.mjs', (_, args) => pnpm('exec', 'keystile', ...args))
})
